/* Everything the server is made of, handed to every handler. */
#ifndef PENSTOCK_FAULTD_WORLD_H
#define PENSTOCK_FAULTD_WORLD_H

#include <stdatomic.h>

#include "tests/support/faultd/bucket.h"
#include "tests/support/faultd/data_stream.h"
#include "tests/support/faultd/hose.h"
#include "tests/support/faultd/keyring.h"
#include "tests/support/faultd/lease_watch.h"
#include "tests/support/faultd/recorder.h"
#include "tests/support/faultd/role.h"
#include "tests/support/faultd/rules.h"
#include "tests/support/faultd/stats.h"
#include "tests/support/faultd/stream.h"
#include "tests/support/faultd/table.h"

/* Changed by the control API while requests run. */
struct settings {
    _Atomic bool check_signatures;
    _Atomic int64_t clock_offset_ms; /* server's clock minus the machine's */
    _Atomic int64_t iterator_ttl_ms;
    _Atomic int64_t iterators_from_ms; /* those issued before are expired */
    _Atomic int64_t describe_page; /* shards a page */
    _Atomic int64_t records_page; /* records a GetRecords page, at most 1,000 */
    _Atomic int64_t scan_page; /* items a page; 0: only the caller's Limit */
    _Atomic int64_t scan_empty_every; /* every nth page of a Scan is empty; 0: none */
    _Atomic int64_t table_delay_ms; /* from CreateTable to ACTIVE */
    _Atomic int64_t list_page; /* objects a page of ListObjectsV2, at most 1,000 */
};

struct world {
    const char *region;
    const char *upstream_dynamodb; /* "127.0.0.1:8000" or NULL */
    const char *upstream_firehose;
    struct settings settings;
    struct keyring keyring;
    struct role role;
    struct streams streams;
    struct tables tables;
    struct lease_watch lease_watch;
    struct hoses hoses;
    struct buckets buckets;
    struct data_streams data_streams;
    struct rules rules;
    struct stats stats;
    struct recorder recorder;
    _Atomic uint64_t record_numbers; /* for RecordIds */
    const char *landing; /* default folder of delivery streams, or NULL */
    struct ssl_ctx_st *tls; /* for connections that begin with a handshake, or NULL */
    int quit_descriptor; /* an eventfd: a count asks the program to end */
};

/* The server's wall clock, with its simulated offset. */
int64_t world_now_ms(const struct world *world);

/* Back to an empty server; keys, settings and recording stay. */
void world_reset(struct world *world);

#endif
