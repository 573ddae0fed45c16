//! How the server does.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::closed_list::closed_list;
use crate::ids::UnixMillis;
use crate::money::Money;

closed_list! {
    /// The steps of a series.
    Series {
        /// The last 60 minutes, as the server remembers them; it begins anew when it starts.
        Minute = "minute",
        /// The last 48 hours, from the database.
        Hour = "hour",
        /// The last 60 days in the market's time zone, from the database.
        Day = "day"
    }
    "minute, hour, day"
}

/// Asks how the server does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// Also how it did, in these steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
}

/// How the server does, and did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatisticsReport {
    /// At this moment.
    pub now: Now,
    /// In the steps asked for, oldest first, without gaps and at most
    /// [`crate::limits::SERIES_POINTS_MAX`]; the last step is not over. Empty when not asked for.
    pub points: Vec<Point>,
}

/// How the server does at a moment. Totals count from its start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// The moment.
    pub at: UnixMillis,
    /// Accounts that are not deleted.
    pub users: u64,
    /// Requests that were refused, for whatever reason.
    pub errors: u64,
    /// Requests among them that failed by a fault of the server.
    pub faults: u64,
    /// Users who are online.
    pub online: u64,
    /// Requests that were answered.
    pub requests: u64,
    /// Bytes of the write-ahead log.
    pub log_bytes: u64,
    /// Milliseconds since the start.
    pub uptime_ms: u64,
    /// Connections that are logged in.
    pub connections: u64,
    /// Sales since midnight in the market's time zone.
    pub sales_today: u64,
    /// Jobs that wait for the database's writer.
    pub writer_queue: u64,
    /// What was paid for them.
    pub revenue_today: Money,
    /// Bytes of the databases.
    pub database_bytes: u64,
    /// Half of the requests of the last seconds were answered within so many microseconds.
    pub latency_p50_us: u64,
    /// 99 of 100 were answered within so many.
    pub latency_p99_us: u64,
    /// Bytes free on the data directory's disk; absent where that cannot be found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_free_bytes: Option<u64>,
    /// Refusals a second, over the last seconds.
    pub errors_per_second: u64,
    /// Products in the catalog.
    pub products_for_sale: u64,
    /// Requests a second, over the last seconds.
    pub requests_per_second: u64,
    /// When the server's certificate ends.
    pub certificate_expires_at: UnixMillis,
}

/// What happened in one step of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// When the step began.
    pub at: UnixMillis,
    /// Sales.
    pub sales: u64,
    /// Requests that were refused; in steps of a minute only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<u64>,
    /// What was paid.
    pub revenue: Money,
    /// Requests that were answered; in steps of a minute only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
}
