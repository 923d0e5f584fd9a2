//! Which platform method a call is for, by its method and path. Anything else is HTTP 404 in plain text.

use percent_encoding::percent_decode_str;

use super::routes::Endpoint;

/// A call's method and path, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) endpoint: Endpoint,
    /// Decoded path parameters in the order of the path.
    pub(super) parameters: Vec<String>,
}

impl Route {
    /// The method served under `method` and `path`, if there is one.
    pub(super) fn find(method: &str, path: &str) -> Option<Self> {
        let path = path.strip_prefix("/open-apis/")?;
        Endpoint::ALL.into_iter().find_map(|endpoint| {
            let (own_method, own_path) = endpoint.facts().call.split_once(' ')?;
            // A trailing slash was seen to work at the token, and only there.
            let path = match path.strip_suffix('/') {
                Some(bare) if endpoint == Endpoint::Token => bare,
                _ => path,
            };
            let parameters = matched(own_path, path).filter(|_| own_method == method)?;
            Some(Self {
                endpoint,
                parameters,
            })
        })
    }
}

/// The decoded parameters of `path`, when it has the form of `pattern`.
fn matched(pattern: &str, path: &str) -> Option<Vec<String>> {
    if pattern.split('/').count() != path.split('/').count() {
        return None;
    }
    let mut parameters = Vec::new();
    for (own, segment) in pattern.split('/').zip(path.split('/')) {
        if own.starts_with(':') {
            parameters.push(decoded(segment)?);
        } else if own != segment {
            return None;
        }
    }
    Some(parameters)
}

/// A path segment decoded; an empty one matches no route.
fn decoded(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?.into_owned();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_method_a_wrong_path_and_an_empty_parameter_are_no_route() {
        assert!(Route::find("POST", "/open-apis/attendance/v1/user_flows/batch_del").is_some());
        assert!(Route::find("PUT", "/open-apis/attendance/v1/user_flows/batch_del").is_none());
        assert!(Route::find("POST", "/open-apis/attendance/v1/user_flows/batch_del/").is_none());
        assert!(Route::find("POST", "/attendance/v1/user_flows/batch_del").is_none());
        assert!(
            Route::find(
                "DELETE",
                "/open-apis/apaas/v1/applications//objects/user/records/batch_delete"
            )
            .is_none()
        );
    }

    #[test]
    fn path_parameters_are_decoded() {
        let path = "/open-apis/apaas/v1/applications/a%2Fb%20c/objects/user/records/batch_delete";
        let route = Route::find("DELETE", path).unwrap();
        assert_eq!(route.parameters, ["a/b c", "user"]);
    }

    #[test]
    fn only_the_token_method_bears_a_trailing_slash() {
        let path = "/open-apis/auth/v3/tenant_access_token/internal/";
        assert_eq!(Route::find("POST", path).unwrap().endpoint, Endpoint::Token);
    }
}
