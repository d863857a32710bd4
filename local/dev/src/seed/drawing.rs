//! Draws pictures of products: scenes in SVG, with each product's own colours, in front of a backdrop.
//!
//! `local/dev/assortment` has the scenes and backdrops as templates of 600 × 600 units, and the colours. A scene's folder is the
//! backdrop that it is drawn for: things that stand on a table, and things that lie or hang.

use std::path::PathBuf;

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use minijinja::Environment;
use minijinja::value::Serde;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::SeedError;
use super::assortment::read;

/// High enough that the shop's own sizes, which have less, are smaller files.
const QUALITY: u8 = 95;

/// A picture of a product.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Picture {
    /// What it shows, for those who do not see it.
    pub(super) alt: String,
    /// The scene's file, without its ending: `standing/cup`.
    pub(super) scene: String,
    /// The colours of the backdrop, by their name in `palette.json`.
    tint: String,
    /// What else the scene refers to: its colours, what is in a bowl, what is on a label.
    #[serde(flatten)]
    parts: Map<String, Value>,
}

/// The scenes and colours.
#[derive(Debug)]
pub(super) struct Studio {
    folder: PathBuf,
    palette: Map<String, Value>,
}

impl Studio {
    pub(super) fn open(folder: PathBuf) -> Result<Self, SeedError> {
        let palette = serde_json::from_str(&read(&folder.join("palette.json"))?)?;
        Ok(Self { folder, palette })
    }

    /// Draws a picture of this width and height, as JPEG.
    pub(super) fn draw(&self, picture: &Picture, side: u32) -> Result<Vec<u8>, SeedError> {
        let svg = self.svg(picture)?;
        jpeg(&svg, side).map_err(|error| SeedError::Drawing(picture.scene.clone(), error))
    }

    fn svg(&self, picture: &Picture) -> Result<String, SeedError> {
        let failed = |error: minijinja::Error| SeedError::Drawing(picture.scene.clone(), error.into());
        let unknown = || {
            SeedError::Drawing(picture.scene.clone(), format!("no tint is called {}", picture.tint).into())
        };
        let mut parts = picture.parts.clone();
        let tint = self.palette.get(&picture.tint).ok_or_else(unknown)?;
        parts.insert("tint".to_owned(), tint.clone());
        let scene = read(&self.folder.join("scenes").join(format!("{}.svg", picture.scene)))?;
        let object = Environment::new().render_str(&scene, Serde(&parts)).map_err(failed)?;
        parts.insert("object".to_owned(), object.into());
        let backdrop = picture.scene.split('/').next().unwrap_or_default();
        let backdrop = read(&self.folder.join("backdrops").join(format!("{backdrop}.svg")))?;
        Environment::new().render_str(&backdrop, Serde(&parts)).map_err(failed)
    }
}

fn jpeg(svg: &str, side: u32) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let tree = Tree::from_str(svg, &Options::default())?;
    let mut pixels = Pixmap::new(side, side).ok_or("a picture has no width of 0")?;
    #[expect(clippy::cast_precision_loss, reason = "a picture has less than 2^24 pixels a side")]
    let scale = side as f32 / tree.size().width();
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    // The backdrop covers everything, so no pixel is transparent.
    let rgb: Vec<u8> =
        pixels.data().chunks_exact(4).flat_map(|pixel| pixel.iter().take(3)).copied().collect();
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, QUALITY).encode(&rgb, side, side, ExtendedColorType::Rgb8)?;
    Ok(file)
}
