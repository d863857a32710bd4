//! `PUT /admin/settings/{kind}/{id}`: admins change a setting, or add one.

use domain::settings::{
    Campaign, Flag, KeptSetting, Market, PastSetting, Policy, Seller, Series, Setting, TaxRateFrom, Zone,
};
use domain::words::setting::{SettingKind, SettingName};
use edge::{Admin, Call, Object, Problem, Reply, RequestRefusal};
use serde::Deserialize;
use store::{Change, Stored};

use crate::settings::SettingEntry;
use crate::settings::rows::{PastSettingRow, SettingRow, setting_key};
use crate::store::Orders;

/// A setting of the kind that the path names.
#[derive(Debug, Clone, Deserialize)]
pub struct PutSetting(Object);

/// Changes a setting. It holds within a minute, and orders that were placed keep what they were placed with. What was set before is
/// kept for the record. The same again changes nothing, whatever the version in `If-Match`.
///
/// # Errors
/// 404 for an unknown kind; 412 if somebody has changed it since it was read; 422 if it is not valid; 428 without `If-Match`, which is
/// the version in quotation marks, and `"0"` for a new one.
pub async fn put_setting(
    orders: Orders,
    call: Call<PutSetting, Admin>,
) -> Result<Reply<SettingEntry>, Problem> {
    let name = SettingName { kind: call.path("kind")?, id: call.path("id")? };
    let setting = call.body.of_kind(name.kind)?.checked(&name.id)?;
    let put = async |found: Option<Stored<KeptSetting>>| {
        if found.as_ref().is_some_and(|found| found.value.setting == setting) {
            return Ok(None);
        }
        let version = found.map_or(0, |found| found.version);
        call.must_match(version)?;
        let (changed_by, changed_at) = (call.caller.0.user_id, call.now);
        let kept = KeptSetting { id: name.id.clone(), setting: setting.clone(), changed_by, changed_at };
        let past = PastSetting { number: version + 1, kept: kept.clone() };
        let change = Change::to(kept).insert::<PastSettingRow>(&past);
        Ok::<_, Problem>(Some(change.emit([call.acted("put-setting", &name)])))
    };
    let done = orders.table.at::<SettingRow>(setting_key(&name)).change(&call, put).await?;
    let kept = done.row.ok_or(RequestRefusal::NotFound)?;
    let version = kept.version;
    Ok(Reply::ok(kept.into()).etag(version))
}

impl PutSetting {
    fn of_kind(&self, kind: SettingKind) -> Result<Setting, Problem> {
        let body = &self.0;
        Ok(match kind {
            SettingKind::Seller => Setting::Seller(body.read::<Box<Seller>>()?),
            SettingKind::Market => Setting::Market(body.read::<Market>()?),
            SettingKind::TaxRate => Setting::TaxRate(body.read::<TaxRateFrom>()?),
            SettingKind::ShippingZone => Setting::ShippingZone(body.read::<Zone>()?),
            SettingKind::Series => Setting::Series(body.read::<Series>()?),
            SettingKind::Policy => Setting::Policy(body.read::<Policy>()?),
            SettingKind::Flag => Setting::Flag(body.read::<Flag>()?),
            SettingKind::Campaign => Setting::Campaign(body.read::<Campaign>()?),
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for PutSetting {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PutSetting".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A setting of the kind that the path names.",
            "anyOf": [
                generator.subschema_for::<Seller>(),
                generator.subschema_for::<Market>(),
                generator.subschema_for::<TaxRateFrom>(),
                generator.subschema_for::<Zone>(),
                generator.subschema_for::<Series>(),
                generator.subschema_for::<Policy>(),
                generator.subschema_for::<Flag>(),
                generator.subschema_for::<Campaign>(),
            ],
        })
    }
}
