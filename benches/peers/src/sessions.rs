//! Who a bearer token stands for.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use sha2::{Digest as _, Sha256};
use sqlx::SqlitePool;

type Digest = [u8; 32];

/// The sessions that were seen, before those in the database.
#[derive(Debug)]
pub struct Sessions {
    pool: SqlitePool,
    query: &'static str,
    is_cached: bool,
    seen: RwLock<HashMap<Digest, i64>>,
}

impl Sessions {
    /// Sessions in the database behind this pool, where `query` finds the user by a token's SHA-256.
    #[must_use]
    pub fn new(pool: SqlitePool, query: &'static str, is_cached: bool) -> Self {
        Self {
            pool,
            query,
            is_cached,
            seen: RwLock::default(),
        }
    }

    /// The user whom the value of an `authorization` header stands for, if it does for any: `Bearer` and
    /// a token of 64 hexadecimal digits.
    ///
    /// # Errors
    /// The database cannot be asked.
    pub async fn user(&self, authorization: Option<&[u8]>) -> Result<Option<i64>, sqlx::Error> {
        let Some(token) = authorization.and_then(token) else {
            return Ok(None);
        };
        let digest: Digest = Sha256::digest(token).into();
        if self.is_cached {
            let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(user) = seen.get(&digest) {
                return Ok(Some(*user));
            }
        }
        let user: Option<i64> = sqlx::query_scalar(self.query)
            .bind(digest.as_slice())
            .fetch_optional(&self.pool)
            .await?;
        if let (Some(user), true) = (user, self.is_cached) {
            let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
            seen.insert(digest, user);
        }
        Ok(user)
    }
}

/// The token of a header's value.
fn token(authorization: &[u8]) -> Option<[u8; 32]> {
    let digits = authorization.strip_prefix(b"Bearer ")?;
    if digits.len() != 64 {
        return None;
    }
    let mut token = [0_u8; 32];
    for (byte, pair) in token.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(token)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_token_is_one() {
        let digits = "0f".repeat(31);
        let read = |digits: &str| token(format!("Bearer {digits}").as_bytes());
        assert_eq!(
            read(&format!("{digits}a1")).map(|token| token[31]),
            Some(0xa1)
        );
        for wrong in [
            digits.clone(),
            format!("{digits}A1"),
            format!("{digits}a1a1"),
        ] {
            assert_eq!(read(&wrong), None, "{wrong}");
        }
        assert_eq!(token(b"Basic a:b"), None);
    }
}
