//! What functions keep in memory while they answer many requests.

use dev::seed::ADMIN;
use tests::Shop;

/// What Argon2 needs for a password, in bytes.
const BUFFER: u64 = 19 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_passwords_are_hashed_in_the_memory_of_one() {
    let shop = Shop::with_processes(1).await;
    let sign_in = async |times: usize| {
        for _ in 0..times {
            shop.signed_in(ADMIN.email, ADMIN.password).await;
        }
        let statistics = shop.cloud().host().statistics().into_iter();
        let peaks = statistics.filter(|of| of.operation == "log-in").map(|of| of.peak_memory);
        peaks.max().expect("it has run")
    };
    let few = sign_in(5).await;
    let many = sign_in(100).await;
    assert!(few > BUFFER, "{few} bytes are fewer than a password needs");
    assert!(many < few + BUFFER / 2, "from {few} bytes after five passwords to {many} after a hundred more");
    shop.close().await;
}
