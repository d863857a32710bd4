function handler(event) {
  const request = event.request;
  const path = request.uri.replace(/\/+$/, "") || "/";
  const document = pages[path] || pages[path.replace(/[^/]+$/, "*")];
  const accept = request.headers.accept ? request.headers.accept.value : "";
  if (request.method !== "GET" && request.method !== "HEAD") return notFound;
  if (request.uri.startsWith("/assets/")) return request;
  if (!document) return accept.includes("text/html") ? notFoundPage : notFound;
  request.uri = document;
  return request;
}
