//! What is typed, what a file says, and that the documents show nothing else.

mod documents;

use clap::CommandFactory as _;

use super::*;

fn load(arguments: &[&str]) -> Result<Loaded, ConfigError> {
    let typed = std::iter::once("auboutique-server").chain(arguments.iter().copied());
    Args::try_parse_from(typed).unwrap().load()
}

/// What is wrong with a file that says this.
fn complaint(text: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("market.toml");
    std::fs::write(&file, text).unwrap();
    let error = load(&["--config", file.to_str().unwrap(), "--data-dir", "d"]).unwrap_err();
    let message = error.to_string();
    let prefix = format!("{}:", file.display());
    assert!(error.hint().is_some(), "{message}");
    match message.strip_prefix(&prefix) {
        Some(rest) => rest.to_owned(),
        None => panic!("{message}"),
    }
}

#[test]
fn the_arguments_are_well_formed() {
    Args::command().debug_assert();
    let help = Args::command().render_help().to_string();
    let Settings { listen, port, .. } = Settings::default();
    assert!(help.contains(&format!("[default: {port}]")), "{help}");
    assert!(help.contains(&format!("[default: {listen}]")), "{help}");
}

#[test]
fn a_demo_can_be_asked_for_before_and_after_a_command() {
    for typed in [
        &["--demo", "backup", "b"][..],
        &["backup", "b", "--demo"],
        &["restore", "b", "--demo"],
        &["check-config", "--demo"],
        &["--demo"],
        &["7443", "--demo"],
    ] {
        let loaded = load(typed).unwrap();
        assert!(loaded.config.demo, "{typed:?}");
        let data_dir = &loaded.config.data_dir;
        assert!(data_dir.ends_with("auboutique/demo"), "{data_dir:?}");
        let elsewhere = load(&[typed, &["--data-dir", "d"]].concat()).unwrap();
        assert_eq!(elsewhere.config.data_dir, PathBuf::from("d"));
    }
    assert!(!load(&["backup", "b"]).unwrap().config.demo);
}

#[test]
fn the_port_is_the_first_argument() {
    let loaded = load(&["9000", "--data-dir", "d"]).unwrap();
    assert_eq!(loaded.address.member.to_string(), "0.0.0.0:9000");
    assert_eq!(loaded.config.data_dir, PathBuf::from("d"));
}

#[test]
fn a_command_after_names_is_a_command() {
    let typed = ["auboutique-server", "--name", "a", "b", "check-config"];
    let args = Args::try_parse_from(typed).unwrap();
    assert!(matches!(args.command, Some(Command::CheckConfig)));
    assert_eq!(args.names, ["a", "b"]);
}

#[test]
fn a_certificate_without_its_key_is_a_usage_error() {
    assert!(Args::try_parse_from(["auboutique-server", "--cert", "c.pem"]).is_err());
    assert!(Args::try_parse_from(["auboutique-server", "70000"]).is_err());
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_line_and_column() {
    let table = [
        ("port = 1\nprot = 2\n", "2:1: ", "unknown field `prot`"),
        ("[market]\nfee = 1", "2:1: ", "unknown field `fee`"),
        (
            "[limits.login]\n\n  wait = 1",
            "3:3: ",
            "unknown field `wait`",
        ),
        ("[admins]", "1:2: ", "unknown field `admins`"),
        (
            "port = \"7443\"",
            "1:8: ",
            "invalid type: string \"7443\", expected u16",
        ),
        ("port = 70000", "1:8: ", "70000"),
        ("listen = 7", "1:10: ", "invalid type"),
        ("names = \"here\"", "1:9: ", "expected a sequence"),
        ("log_format = \"xml\"", "1:14: ", "unknown variant `xml`"),
        ("[market]\ncurrency = \"BTC\"", "2:12: ", "unknown currency"),
        ("connections_max = -1", "1:19: ", "-1"),
        ("connections_max = 1.5", "1:19: ", "expected u64"),
        ("port = ", "1:8: ", "string"),
        ("port = 1\nport = 2", "2:1: ", "duplicate key"),
        ("market = 1", "1:10: ", "invalid type"),
        (
            "connections_max = 0",
            "1:19: ",
            "connections_max = 0 is outside of 1 to 1000000",
        ),
        ("# é\nnames = [\"a b\"]", "2:9: ", "names: "),
        (
            "data_dir = \"d\"\ncert = \"c\"",
            "2:8: ",
            "cert: needs its key",
        ),
        ("key = \"k\"", "1:7: ", "key: needs its certificate"),
        ("ready_file = \"\"", "1:14: ", "ready_file: is empty"),
        ("[market]\ncategories = []", "2:14: ", "needs one category"),
        ("[market]\ncategories = [\"a\", \"a\"]", "2:14: ", "twice"),
        (
            "[market]\ncategories = [\"\\u0007\"]",
            "2:14: ",
            "market.categories",
        ),
        (
            "[market.collection]\nplace = \"\"",
            "2:9: ",
            "market.collection.place",
        ),
        (
            "[market.collection]\nhours = \"a\\nb\"",
            "2:9: ",
            "market.collection.hours",
        ),
        (
            "[market.collection]\nzone = \"Atlantis\"",
            "2:8: ",
            "unknown time zone",
        ),
        (
            "[market.collection]\nbusiness_days = 0",
            "2:17: ",
            "outside of 1 to 30",
        ),
        ("[market.collection]\nbusiness_days = 300", "2:17: ", "300"),
        (
            "[market.collection]\nholidays = [1979-05-27T07:32:00]",
            "2:12: ",
            "is not a day",
        ),
        (
            "[market.collection]\nholidays = [\"soon\"]",
            "2:13: ",
            "invalid type",
        ),
        ("[market.collection]\nholidays = [2026-02-30]", "2:", ""),
        (
            "[limits]\nproducts_per_user_max = 0",
            "2:25: ",
            "outside of 1 to 100000",
        ),
        (
            "[limits]\npicture_bytes_per_user_max = 1",
            "2:30: ",
            "outside of 1048576",
        ),
        (
            "[limits]\nmessages_per_day_max = 0",
            "2:24: ",
            "outside of 1 to 100000",
        ),
        (
            "[limits]\npassword_characters_min = 14",
            "2:27: ",
            "outside of 15 to 128",
        ),
        (
            "[limits]\npassword_characters_min = 129",
            "2:27: ",
            "outside of 15 to 128",
        ),
        (
            "[limits.login]\nback_off_first_seconds = 61",
            "1:1: ",
            "back_off_max_seconds",
        ),
        (
            "[limits.login]\nforget_after_seconds = 5",
            "2:24: ",
            "outside of 60 to 604800",
        ),
        (
            "[limits.login]\nparallel_max = 0",
            "2:16: ",
            "outside of 1 to 100",
        ),
        (
            "[limits.login]\nsource_burst = 0",
            "2:16: ",
            "outside of 1 to 100000",
        ),
        (
            "[limits.login]\nsource_refill_seconds = 0",
            "2:25: ",
            "outside of 1 to 3600",
        ),
        (
            "[limits.login]\nknown_for_days = 366",
            "2:18: ",
            "outside of 0 to 365",
        ),
        (
            "[limits.login]\nentries_max = 9",
            "2:15: ",
            "outside of 1024 to 10000000",
        ),
        (
            "[limits.login]\nexempt_networks = [\"campus\"]",
            "2:19: ",
            "is not a network",
        ),
        (
            "[limits.passwords]\nthreads = 0",
            "2:11: ",
            "outside of 1 to 256",
        ),
        (
            "[limits.passwords]\nqueue_max = 0",
            "2:13: ",
            "outside of 1 to 10000",
        ),
        (
            "[limits.pictures]\nworkers = 65",
            "2:11: ",
            "outside of 1 to 64",
        ),
        (
            "[limits.pictures]\nqueue_max = 1001",
            "2:13: ",
            "outside of 1 to 1000",
        ),
    ];
    for (text, place, reason) in table {
        let complaint = complaint(text);
        assert!(complaint.starts_with(place), "{text}: {complaint}");
        assert!(complaint.contains(reason), "{text}: {complaint}");
    }
}

#[test]
fn what_is_no_file_is_said_with_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    std::fs::write(path.join("large.toml"), vec![b'#'; 1024 * 1024 + 1]).unwrap();
    std::fs::write(path.join("binary.toml"), [0xff]).unwrap();
    for name in ["missing.toml", "large.toml", "binary.toml", "."] {
        let file = path.join(name);
        let error = load(&["--config", file.to_str().unwrap()]).unwrap_err();
        let message = error.to_string();
        assert!(matches!(error, ConfigError::Unreadable { .. }), "{message}");
        assert!(
            message.contains(name) && error.hint().is_some(),
            "{message}"
        );
    }
}

#[test]
fn a_flag_hides_what_is_wrong_in_the_file_and_is_not_blamed_on_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("market.toml");
    std::fs::write(&file, "names = [\"a b\"]\ndata_dir = \"\"\n").unwrap();
    let config = ["--config", file.to_str().unwrap()];
    let flags = ["--name", "a.example.org", "--data-dir", "d"];
    let loaded = load(&[config, ["--name", "a"], ["--data-dir", "d"]].concat()).unwrap();
    assert_eq!(loaded.config.names, ["a"]);
    let refused = [&config[..], &["--name", "b c"], &flags[2..]].concat();
    let error = load(&refused).unwrap_err();
    assert!(matches!(error, ConfigError::Invalid(_)), "{error}");
}

#[test]
fn a_file_reaches_everything_that_can_be_configured() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("market.toml");
    let text = "connections_max = 7\nconnections_per_user_max = 3\ncert = \"c\"\nkey = \"k\"\n\
         [backups]\ndirectory = \"safe\"\nevery_hours = 6\nkeep = 5\n\
         [market]\nmessages_kept_days = 3\ncurrency = \"EUR\"\ncategories = [\"maps\"]\n\
         [market.collection]\nplace = \"Gate\"\nhours = \"noon\"\nbusiness_days = 1\n\
         zone = \"UTC\"\nholidays = [2026-06-02]\n\
         [limits]\nproducts_per_user_max = 9\npicture_bytes_per_user_max = 2000000\n\
         messages_per_day_max = 12\n\
         password_characters_min = 20\nlarge_frame_bytes_max = 3000000\n\
         disk_free_bytes_min = 30\n\
         [limits.connections]\nper_source_max = 21\nunauthenticated_max = 22\n\
         unauthenticated_per_source_max = 23\nnew_per_source_burst = 24\n\
         new_per_source_and_second = 25\nexempt_networks = [\"198.51.100.0/24\"]\n\
         [limits.requests]\nper_user_burst = 26\nper_user_and_second = 50\n\
         [limits.registration]\nsource_burst = 27\nsource_refill_seconds = 28\n\
         [limits.login]\nback_off_first_seconds = 2\nback_off_max_seconds = 8\n\
         forget_after_seconds = 100\nparallel_max = 1\nsource_burst = 5\n\
         source_refill_seconds = 10\nknown_for_days = 2\nfailures_per_day_max = 29\n\
         entries_max = 2048\n\
         exempt_networks = [\"192.0.2.0/24\"]\n\
         [limits.passwords]\nthreads = 3\nqueue_max = 4\n\
         [limits.pictures]\nworkers = 5\nqueue_max = 6\n";
    std::fs::write(&file, text).unwrap();
    let loaded = load(&["--config", file.to_str().unwrap(), "--data-dir", "d"]).unwrap();
    let shown = format!("{:?}", loaded.config);
    for part in [
        "connections_max: 7",
        "connections_per_user_max: 3",
        "certificate: \"c\", key: \"k\"",
        "currency: Eur",
        "Category(\"maps\")",
        "place: \"Gate\", hours: \"noon\"",
        "2026-06-02",
        "business_days_ahead: 1",
        "products_per_user_max: 9",
        "picture_bytes_per_user_max: 2000000",
        "messages_per_day_max: 12",
        "password_characters_min: 20",
        "back_off_first: 2s, back_off_max: 8s, forget_after: 100s, parallel_max: 1",
        "source_burst: 5, source_refill: 10s, known_for: 172800s, failures_per_day_max: 29",
        "entries_max: 2048",
        "connections_max: 7, per_source_max: 21, unauthenticated_max: 22",
        "unauthenticated_per_source_max: 23, rate: Rate { burst: 24, refill: 40ms }",
        "198.51.100.0",
        "requests: Rate { burst: 26, refill: 20ms }",
        "registrations: Rate { burst: 27, refill: 28s }",
        "large_frame_bytes_max: 3000000",
        "disk_free_bytes_min: 30",
        "directory: \"safe\", every: 21600s, keep: 5",
        "messages_kept_for: Some(259200s)",
        "192.0.2.0",
        "passwords: Workers { count: 3, queue_max: 4 }",
        "pictures: Workers { count: 5, queue_max: 6 }",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // What is printed means the same again.
    let printed = loaded.to_toml().unwrap();
    std::fs::write(&file, &printed).unwrap();
    let again = load(&["--config", file.to_str().unwrap()]).unwrap();
    assert_eq!(format!("{:?}", again.config), shown);
    assert_eq!(again.to_toml().unwrap(), printed);
}

#[test]
fn metrics_are_told_on_this_machine_and_only_if_asked_for() {
    let metrics = |arguments: &[&str]| {
        let directory = ["--data-dir", "d"];
        let arguments: Vec<_> = arguments.iter().chain(&directory).copied().collect();
        load(&arguments).unwrap().address.metrics
    };
    assert_eq!(metrics(&["9000"]), None);
    let chosen = metrics(&["9000", "--metrics-port", "5"]);
    assert_eq!(chosen, Some("127.0.0.1:5".parse().unwrap()));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("market.toml");
    std::fs::write(&file, "[metrics]\nlisten = \"::1\"\nport = 6\n").unwrap();
    let chosen = metrics(&["--config", file.to_str().unwrap()]);
    assert_eq!(chosen, Some("[::1]:6".parse().unwrap()));
    for elsewhere in ["0.0.0.0", "192.168.1.2", "::"] {
        let text = format!("[metrics]\nlisten = \"{elsewhere}\"\n");
        assert!(
            complaint(&text).contains("on this machine only"),
            "{elsewhere}"
        );
    }
}

#[test]
fn administrators_connect_to_the_port_after_the_members_on_this_machine() {
    let admin = |arguments: &[&str]| {
        let directory = ["--data-dir", "d"];
        let arguments: Vec<_> = arguments.iter().chain(&directory).copied().collect();
        load(&arguments).map(|loaded| loaded.address.admin)
    };
    let address = |text: &str| Some(text.parse().unwrap());
    assert_eq!(admin(&["9000"]).unwrap(), address("127.0.0.1:9001"));
    assert_eq!(admin(&["0"]).unwrap(), address("127.0.0.1:0"));
    let chosen = admin(&["9000", "--admin-port", "5"]).unwrap();
    assert_eq!(chosen, address("127.0.0.1:5"));
    assert!(admin(&["65535"]).is_err());
    assert!(admin(&["65535", "--admin-port", "1"]).is_ok());
}
