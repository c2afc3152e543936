//! What can be compared of a name, an address, a phone?
//!
//! A thin layer over the comparable forms that come with a fact. Must not know: profiles.

/// A name as written, with its comparable form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    /// As written.
    pub text: Box<str>,
}

/// An address as written, with its comparable form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// As written.
    pub text: Box<str>,
}

impl Named {
    /// The name in a fact.
    pub(super) fn of(_fact: &crate::entity::Fact, text: &str) -> Self {
        Self { text: text.into() }
    }

    /// The brand word (字号).
    pub fn brand(&self) -> Option<&str> {
        (!self.text.is_empty()).then_some(&*self.text)
    }
}

impl Place {
    /// The address in a fact.
    pub(super) fn of(_fact: &crate::entity::Fact, text: &str) -> Self {
        Self { text: text.into() }
    }

    /// The key of the unit (room), where the address goes that deep.
    pub fn unit(&self) -> Option<u64> {
        (!self.text.is_empty()).then(|| crate::id::stable_hash(self.text.as_bytes()))
    }

    /// The key of the building or house number.
    pub fn building(&self) -> Option<u64> {
        None
    }

    /// Whether many unrelated enterprises are registered there by design (集群注册, 托管,
    /// 集中办公区).
    pub fn is_hosted(&self) -> bool {
        false
    }
}

/// Comparable phones.
pub(super) fn phones(raw: &[Box<str>]) -> std::sync::Arc<[Box<str>]> {
    raw.iter()
        .map(|text| text.chars().filter(char::is_ascii_digit).collect::<String>().into())
        .filter(|digits: &Box<str>| digits.len() >= 7)
        .collect()
}

/// Comparable e-mail addresses.
pub(super) fn emails(raw: &[Box<str>]) -> std::sync::Arc<[Box<str>]> {
    raw.iter().map(|text| text.trim().to_lowercase().into()).collect()
}

/// The domain of an address, unless it is a public provider's.
pub(super) fn own_domain(email: &str) -> Option<&str> {
    const PUBLIC: [&str; 20] = [
        "qq.com",
        "foxmail.com",
        "vip.qq.com",
        "163.com",
        "126.com",
        "yeah.net",
        "188.com",
        "sina.com",
        "sina.cn",
        "sohu.com",
        "139.com",
        "189.cn",
        "wo.cn",
        "aliyun.com",
        "21cn.com",
        "tom.com",
        "gmail.com",
        "outlook.com",
        "hotmail.com",
        "icloud.com",
    ];
    let (_, domain) = email.rsplit_once('@')?;
    (!domain.is_empty() && !PUBLIC.contains(&domain)).then_some(domain)
}
