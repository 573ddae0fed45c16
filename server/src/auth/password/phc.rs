//! Password hashes as they are stored: argon2id in the PHC string format.
//!
//! A stored hash names its own parameters, for example
//! `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`, so that hashes made under older parameters can
//! still be verified after these were raised. The format is described in the PHC string format
//! specification of the Password Hashing Competition, the function in RFC 9106.

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, PasswordHash, Version,
    password_hash::phc::{Output, ParamsString, Salt},
};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

/// Bytes of a hash made here.
const HASH_BYTES: usize = Params::DEFAULT_OUTPUT_LEN;
/// Bytes of a salt made here, as RFC 9106 recommends.
const SALT_BYTES: usize = argon2::RECOMMENDED_SALT_LEN;
/// The most memory that a stored hash may ask for, in KiB, so that a corrupted row cannot take
/// the machine's.
const MEMORY_KIB_MAX: u32 = 256 * 1024;
/// The most passes that a stored hash may ask for.
const PASSES_MAX: u32 = 16;
/// The most lanes that a stored hash may ask for.
const LANES_MAX: u32 = 16;

/// The parameters are outside of what argon2 or this server permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("password hash parameters out of range")]
pub(crate) struct ParametersOutOfRange;

/// Why a stored hash cannot be used. It names no part of the hash, so that it can be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum StoredHashError {
    #[error("not an argon2id hash of version 19 in the PHC string format")]
    Malformed,
    #[error(transparent)]
    Parameters(#[from] ParametersOutOfRange),
}

/// The cost of one password hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PasswordParameters(Params);

impl PasswordParameters {
    /// Parameters of argon2id: memory in KiB (8 per lane up to 262,144), passes (1 to 16) and
    /// lanes (1 to 16). The lanes are computed one after the other.
    ///
    /// # Errors
    /// [`ParametersOutOfRange`].
    pub(crate) fn new(
        memory_kib: u32,
        passes: u32,
        lanes: u32,
    ) -> Result<Self, ParametersOutOfRange> {
        let params = Params::new(memory_kib, passes, lanes, Some(HASH_BYTES))
            .map_err(|_| ParametersOutOfRange)?;
        Self::within_bounds(params)
    }

    fn within_bounds(params: Params) -> Result<Self, ParametersOutOfRange> {
        let fits = params.m_cost() <= MEMORY_KIB_MAX
            && params.t_cost() <= PASSES_MAX
            && params.p_cost() <= LANES_MAX;
        if fits {
            Ok(Self(params))
        } else {
            Err(ParametersOutOfRange)
        }
    }

    fn same_cost(&self, other: &Self) -> bool {
        let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        cost(&self.0) == cost(&other.0)
    }
}

/// 19 MiB, two passes, one lane: the recommendation of the OWASP Password Storage Cheat Sheet.
impl Default for PasswordParameters {
    fn default() -> Self {
        Self::new(19_456, 2, 1).expect("the recommended parameters are in range")
    }
}

/// Where hashes are computed: one thread's memory, allocated once.
///
/// argon2 writes each block before it reads it, so one hash learns nothing from the one before.
pub(super) struct Workspace {
    blocks: Vec<Block>,
}

impl Workspace {
    /// Memory for hashes at these parameters.
    pub(super) fn new(parameters: &PasswordParameters) -> Self {
        Self {
            blocks: vec![Block::new(); parameters.0.block_count()],
        }
    }

    /// Fills `output` with the hash. What needs more memory than there is gets its own for the
    /// time, and gives it back.
    fn derive(
        &mut self,
        password: &str,
        salt: &[u8],
        parameters: &PasswordParameters,
        output: &mut [u8],
    ) -> Result<(), argon2::Error> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters.0.clone());
        let count = parameters.0.block_count();
        let password = password.as_bytes();
        if count <= self.blocks.len() {
            return argon2.hash_password_into_with_memory(password, salt, output, &mut self.blocks);
        }
        let larger = vec![Block::new(); count];
        argon2.hash_password_into_with_memory(password, salt, output, larger)
    }
}

/// A hash read from its PHC string.
#[derive(Debug)]
pub(super) struct StoredHash {
    parameters: PasswordParameters,
    salt: Salt,
    output: Output,
}

impl StoredHash {
    /// Reads a stored hash and checks that its cost is bearable.
    pub(super) fn parse(phc: &str) -> Result<Self, StoredHashError> {
        let hash = PasswordHash::new(phc).map_err(|_| StoredHashError::Malformed)?;
        if hash.algorithm != ARGON2ID_IDENT || hash.version != Some(Version::V0x13.into()) {
            return Err(StoredHashError::Malformed);
        }
        let (Some(salt), Some(output)) = (hash.salt, hash.hash) else {
            return Err(StoredHashError::Malformed);
        };
        let params = Params::try_from(&hash).map_err(|_| StoredHashError::Malformed)?;
        let parameters = PasswordParameters::within_bounds(params)?;
        Ok(Self {
            parameters,
            salt,
            output,
        })
    }

    /// A hash that no password fits, at the same cost as any other: random bytes.
    pub(super) fn of_nobody(parameters: &PasswordParameters) -> Result<Self, getrandom::Error> {
        let mut output = [0; HASH_BYTES];
        getrandom::fill(&mut output)?;
        Ok(Self {
            parameters: parameters.clone(),
            salt: new_salt()?,
            output: Output::new(&output).expect("the length of a hash made here is permitted"),
        })
    }

    /// Whether this is the hash of `password`. The comparison takes the same time for any two
    /// hashes of one length.
    pub(super) fn is_of(
        &self,
        password: &str,
        workspace: &mut Workspace,
    ) -> Result<bool, argon2::Error> {
        let stored = self.output.as_bytes();
        let mut computed = Zeroizing::new(vec![0; stored.len()]);
        workspace.derive(password, &self.salt, &self.parameters, &mut computed)?;
        Ok(computed.ct_eq(stored).into())
    }

    /// Whether a hash made today would look different.
    pub(super) fn is_outdated(&self, current: &PasswordParameters) -> bool {
        !self.parameters.same_cost(current)
            || self.output.as_bytes().len() != HASH_BYTES
            || self.salt.len() < SALT_BYTES
    }
}

/// Hashes `password` with a new salt.
pub(super) fn hash(
    password: &str,
    parameters: &PasswordParameters,
    workspace: &mut Workspace,
) -> Result<String, HashError> {
    let salt = new_salt()?;
    let mut output = [0; HASH_BYTES];
    workspace.derive(password, &salt, parameters, &mut output)?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&parameters.0)
            .expect("three numbers fit into a parameter string"),
        salt: Some(salt),
        hash: Some(Output::new(&output).expect("the length of a hash made here is permitted")),
    };
    Ok(hash.to_string())
}

/// Why a new hash could not be made; neither happens on a sound machine.
#[derive(Debug, Error)]
pub(super) enum HashError {
    #[error("no random numbers for a salt: {0}")]
    Random(#[from] getrandom::Error),
    #[error("argon2: {0}")]
    Argon2(#[from] argon2::Error),
}

fn new_salt() -> Result<Salt, getrandom::Error> {
    let mut bytes = [0; SALT_BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(Salt::new(&bytes).expect("a salt of the recommended length is permitted"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::{PasswordHasher, PasswordVerifier};

    fn cheap() -> PasswordParameters {
        PasswordParameters::new(64, 1, 1).unwrap()
    }

    fn library_hash(params: Params, password: &str, salt: &[u8]) -> String {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(password.as_bytes(), salt)
            .unwrap()
            .to_string()
    }

    #[test]
    fn the_library_verifies_our_hashes() {
        let phc = hash("tangle orbit", &cheap(), &mut Workspace::new(&cheap())).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{phc}");
        assert!(
            Argon2::default()
                .verify_password(b"tangle orbit", phc.as_str())
                .is_ok()
        );
        assert!(
            Argon2::default()
                .verify_password(b"tangle orbiT", phc.as_str())
                .is_err()
        );
    }

    #[test]
    fn we_verify_hashes_of_the_library_under_other_parameters() {
        let mut workspace = Workspace::new(&cheap());
        for (memory, passes, lanes, length) in [
            (64, 1, 1, 32),
            (8, 3, 1, 32),
            (256, 2, 2, 16),
            (100, 1, 3, 64),
        ] {
            let params = Params::new(memory, passes, lanes, Some(length)).unwrap();
            let phc = library_hash(params, "tangle orbit", b"sixteen byte salt");
            let stored = StoredHash::parse(&phc).unwrap();
            assert!(
                stored.is_of("tangle orbit", &mut workspace).unwrap(),
                "{phc}"
            );
            assert!(
                !stored.is_of("tangle orbiT", &mut workspace).unwrap(),
                "{phc}"
            );
            assert!(!stored.is_of("", &mut workspace).unwrap(), "{phc}");
        }
    }

    #[test]
    fn a_vector_of_the_reference_implementation_is_verified() {
        // From the test suite of the reference implementation (P-H-C/phc-winner-argon2, test.c).
        let phc = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$\
                   nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let stored = StoredHash::parse(phc).unwrap();
        let mut workspace = Workspace::new(&cheap());
        assert!(stored.is_of("password", &mut workspace).unwrap());
        assert!(!stored.is_of("differentpassword", &mut workspace).unwrap());
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        let mut workspace = Workspace::new(&cheap());
        let first = hash("tangle orbit", &cheap(), &mut workspace).unwrap();
        let second = hash("tangle orbit", &cheap(), &mut workspace).unwrap();
        assert_ne!(first, second);
    }

    #[test]
    fn memory_is_reused_and_larger_needs_leave_no_trace() {
        let mut workspace = Workspace::new(&cheap());
        let before = (workspace.blocks.as_ptr(), workspace.blocks.capacity());
        assert_eq!(workspace.blocks.len(), 64);
        let phc = hash("tangle orbit", &cheap(), &mut workspace).unwrap();
        let larger = library_hash(Params::new(512, 1, 1, None).unwrap(), "other", b"some salt");
        assert!(
            StoredHash::parse(&larger)
                .unwrap()
                .is_of("other", &mut workspace)
                .unwrap()
        );
        assert!(
            StoredHash::parse(&phc)
                .unwrap()
                .is_of("tangle orbit", &mut workspace)
                .unwrap()
        );
        assert_eq!(
            (workspace.blocks.as_ptr(), workspace.blocks.capacity()),
            before
        );
    }

    #[test]
    fn only_hashes_as_made_today_are_up_to_date() {
        let phc = hash("tangle orbit", &cheap(), &mut Workspace::new(&cheap())).unwrap();
        assert!(!StoredHash::parse(&phc).unwrap().is_outdated(&cheap()));
        let outdated = [
            (Params::new(65, 1, 1, Some(32)), &b"sixteen byte salt"[..]),
            (Params::new(64, 2, 1, Some(32)), b"sixteen byte salt"),
            (Params::new(64, 1, 2, Some(32)), b"sixteen byte salt"),
            (Params::new(64, 1, 1, Some(16)), b"sixteen byte salt"),
            (Params::new(64, 1, 1, Some(32)), b"12345678"),
        ];
        for (params, salt) in outdated {
            let phc = library_hash(params.unwrap(), "tangle orbit", salt);
            assert!(
                StoredHash::parse(&phc).unwrap().is_outdated(&cheap()),
                "{phc}"
            );
        }
    }

    #[test]
    fn hashes_that_are_not_ours_are_refused() {
        let malformed = [
            "",
            "plain text",
            "$2b$12$abcdefghijklmnopqrstuv",
            "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng",
            "$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng",
            "$argon2id$m=64,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng",
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ",
            "$argon2id$v=19$m=64,t=1,p=1",
            "$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng",
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng$",
        ];
        for phc in malformed {
            let error = StoredHash::parse(phc).unwrap_err();
            assert_eq!(error, StoredHashError::Malformed, "{phc}");
        }
        for cost in ["m=4194304,t=2,p=1", "m=64,t=17,p=1", "m=19456,t=2,p=17"] {
            let phc = format!("$argon2id$v=19${cost}$c29tZXNhbHQ$MTIzNDU2Nzg5MDEyMzQ1Ng");
            let error = StoredHash::parse(&phc).unwrap_err();
            assert_eq!(
                error,
                StoredHashError::Parameters(ParametersOutOfRange),
                "{phc}"
            );
        }
    }

    #[test]
    fn parameters_outside_of_the_bounds_are_refused() {
        assert!(PasswordParameters::new(8, 1, 1).is_ok());
        for (memory, passes, lanes) in [
            (7, 1, 1),
            (15, 1, 2),
            (64, 0, 1),
            (64, 1, 0),
            (262_145, 1, 1),
            (64, 17, 1),
        ] {
            assert!(PasswordParameters::new(memory, passes, lanes).is_err());
        }
        let default = PasswordParameters::default();
        assert!(default.same_cost(&PasswordParameters::new(19_456, 2, 1).unwrap()));
    }
}
