//! What cache behaviors refer to: `AWS::CloudFront::Function`, `CachePolicy`, `OriginRequestPolicy` and `ResponseHeadersPolicy`.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{Problem, TemplateError};
use super::fields::Fields;
use super::pages;
use model::deployment::Pages;

/// AWS's managed policies that the templates may name, with whether they pass a request's query on.
const MANAGED: [(&str, bool); 5] = [
    // CachingDisabled
    ("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", false),
    // CachingOptimized
    ("658327ea-f89d-4fab-a63d-7e88639e58f6", false),
    // AllViewer
    ("216adef6-5c7f-47e4-b989-5492eafa07d3", true),
    // AllViewerExceptHostHeader
    ("b689b0a8-53d0-40ab-baf2-68738e2966ac", true),
    // CORS-CustomOrigin
    ("59781a5b-3903-41f3-afcb-af62929ccde1", false),
];

/// The query parameters that a policy passes on.
#[derive(Debug, Clone)]
enum Query {
    All,
    Only(BTreeSet<String>),
}

/// The functions and policies of all stacks.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// By ARN.
    pages: BTreeMap<String, Pages>,
    /// By id.
    queries: BTreeMap<String, Query>,
    /// By id.
    headers: BTreeMap<String, BTreeMap<String, String>>,
}

impl Parts {
    /// Reads a function, which has to map the paths of pages to documents.
    pub(super) fn read_function(&mut self, arn: String, mut fields: Fields<'_>) -> Result<(), TemplateError> {
        fields.without_effect(&["AutoPublish", "FunctionConfig", "FunctionMetadata", "Name", "Tags"]);
        let code = fields.required("FunctionCode")?;
        let pages = pages::read(&code).ok_or_else(|| {
            let form = "only the constants `pages`, `notFound` and `notFoundPage` in JSON, followed by \
                        local/template/src/pages.js, can be run here";
            fields.error_at("FunctionCode", Problem::Unsupported(form.to_owned()))
        })?;
        fields.finish()?;
        self.pages.insert(arn, pages);
        Ok(())
    }

    /// Reads the headers that a policy adds. Those for other origins are the APIs' own here.
    pub(super) fn read_headers(&mut self, id: String, mut fields: Fields<'_>) -> Result<(), TemplateError> {
        let name = "ResponseHeadersPolicyConfig";
        let mut config =
            fields.object(name)?.ok_or_else(|| fields.error(Problem::Missing(name.to_owned())))?;
        config.without_effect(&[
            "Comment",
            "CorsConfig",
            "Name",
            "RemoveHeadersConfig",
            "ServerTimingHeadersConfig",
        ]);
        let headers = pages::headers(&mut config)?;
        config.finish()?;
        fields.finish()?;
        self.headers.insert(id, headers);
        Ok(())
    }

    /// Reads a policy: what it says of queries. Headers and cookies all pass.
    pub(super) fn read_policy(
        &mut self,
        id: String,
        config: &'static str,
        mut fields: Fields<'_>,
    ) -> Result<(), TemplateError> {
        let mut policy =
            fields.object(config)?.ok_or_else(|| fields.error(Problem::Missing(config.to_owned())))?;
        policy.without_effect(&["Comment", "CookiesConfig", "HeadersConfig", "Name"]);
        policy.without_effect(&["DefaultTTL", "MaxTTL", "MinTTL"]);
        let query = match policy.object("ParametersInCacheKeyAndForwardedToOrigin")? {
            Some(mut key) => {
                key.without_effect(&["CookiesConfig", "EnableAcceptEncodingBrotli"]);
                key.without_effect(&["EnableAcceptEncodingGzip", "HeadersConfig"]);
                let query = query(&mut key)?;
                key.finish()?;
                query
            }
            None => query(&mut policy)?,
        };
        policy.finish()?;
        fields.finish()?;
        self.queries.insert(id, query);
        Ok(())
    }

    /// Returns the pages of a function, with the headers of a policy.
    pub(super) fn pages(&self, arn: &str, policy: Option<&str>, compressed: bool) -> Result<Pages, Problem> {
        let known = self.pages.keys().map(String::as_str);
        let pages = self.pages.get(arn).ok_or_else(|| Problem::unknown("the function", arn, known))?;
        let headers = match policy {
            None => BTreeMap::new(),
            Some(id) => {
                let known = self.headers.keys().map(String::as_str);
                self.headers.get(id).cloned().ok_or_else(|| Problem::unknown("the policy", id, known))?
            }
        };
        Ok(Pages { headers, compressed, ..pages.clone() })
    }

    /// Returns the query parameters that policies pass on together; `None` is all of them.
    pub(super) fn query(&self, policies: &[String]) -> Result<Option<Vec<String>>, Problem> {
        // `ForwardedValues`, and distributions without policies.
        if policies.is_empty() {
            return Ok(None);
        }
        let mut names = BTreeSet::new();
        for id in policies {
            match self.queries.get(id).cloned().or_else(|| managed(id)) {
                Some(Query::All) => return Ok(None),
                Some(Query::Only(more)) => names.extend(more),
                None => {
                    let known = self.queries.keys().map(String::as_str);
                    let known = known.chain(MANAGED.iter().map(|(id, _)| *id));
                    return Err(Problem::unknown("the policy", id, known));
                }
            }
        }
        Ok(Some(names.into_iter().collect()))
    }
}

fn managed(id: &str) -> Option<Query> {
    let (_, passes) = MANAGED.iter().find(|(known, _)| *known == id)?;
    Some(if *passes { Query::All } else { Query::Only(BTreeSet::new()) })
}

fn query(fields: &mut Fields<'_>) -> Result<Query, TemplateError> {
    let mut config = fields
        .object("QueryStringsConfig")?
        .ok_or_else(|| fields.error(Problem::Missing("QueryStringsConfig".to_owned())))?;
    let names = config.texts("QueryStrings")?;
    let query = match config.required("QueryStringBehavior")?.as_str() {
        "all" => Query::All,
        "none" => Query::Only(BTreeSet::new()),
        "whitelist" => Query::Only(names.into_iter().collect()),
        other => {
            let problem = Problem::unknown("the behavior", other, ["all", "none", "whitelist"]);
            return Err(config.error_at("QueryStringBehavior", problem));
        }
    };
    config.finish()?;
    Ok(query)
}
