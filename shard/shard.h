/* A shard's life: one thread that reads, forms lines, hands them to the sink and counts what came back.
 *
 * The owner (worker/supervisor) starts it when a lease is granted, stops it when the lease is lost, wanted by
 * another or the worker leaves, and destroys it after shard_is_finished(). Callbacks come on the shard's or a
 * sink's thread.
 */
#ifndef PENSTOCK_SHARD_SHARD_H
#define PENSTOCK_SHARD_SHARD_H

#include "aws/streams.h"
#include "base/clock.h"
#include "shard/filter.h"
#include "shard/line_form.h"
#include "shard/ownership.h"
#include "shard/poll_budget.h"
#include "shard/positions.h"
#include "shard/stack_rest.h"
#include "sink/dead_letter.h"
#include "sink/sink.h"

struct shard; /* opaque */

/* What all shards of a worker share; borrowed, outlives them, constant. */
struct shard_environment {
    struct aws_client *streams;
    struct sink *sink;
    struct budget *budget;
    struct buffers *buffers; /* for pages and lines, or NULL */
    struct positions *positions;
    struct dead_letters *letters; /* for records that cannot be decoded, or NULL */
    const struct clock *clock;
    const char *stream_arn;
    const char *stream_label;
    const char *table;
    const char *region;
    bool old_image; /* put old_image into lines */
    struct line_form line_form;
    const struct filter *filter; /* which records become lines; NULL: all */
    int64_t poll_ms; /* between calls while records flow or the tip is unknown */
    int64_t poll_idle_ms; /* between calls at the tip */
    struct poll_budget *poll_budget; /* of GetRecords calls; NULL: no limit */
    struct stack_rest *stack_rest; /* NULL: stacks keep their memory */
    int64_t request_timeout_ms; /* one GetRecords */
};

struct shard_events {
    void *context;
    /* The shard is closed and each of its records is accepted, dropped or dead-lettered: SHARD_END may be
     * written. */
    void (*ended)(void *context, struct shard *shard);
    /* The shard stands still and will not go on by itself (poison without a dead-letter place). Already
     * logged. */
    void (*failed)(void *context, struct shard *shard, const struct status *why);
};

enum shard_origin { SHARD_FROM_TRIM_HORIZON, SHARD_FROM_AFTER };

struct shard_start {
    const char *shard_id;
    enum shard_origin origin;
    struct sequence_number after; /* SHARD_FROM_AFTER */
    int64_t drop_before_wall_ms; /* events older than this are dropped and counted done (start at LATEST); 0:
                                    none */
    uint32_t epoch; /* of ord */
    bool closed; /* known to take no more records: read without pauses */
    struct shard_ownership ownership;
    struct shard_events events;
    void *user; /* the owner's, see shard_user() */
};

struct status shard_create(const struct shard_environment *environment, const struct shard_start *start,
                           struct shard **ret_shard) MUST_USE;

enum shard_stop_mode {
    SHARD_DRAIN, /* read no more, let what was read be accepted, then finish */
    SHARD_ABORT, /* read no more, drop what was not sent, finish when requests in flight have answered */
};
/* Any thread; does not wait. ABORT after DRAIN is allowed. */
void shard_stop(struct shard *shard, enum shard_stop_mode mode);

/* True once the thread is done and every line has its verdict. Any thread. */
bool shard_is_finished(struct shard *shard);

/* Joins and frees; the shard must be stopping or finished. Waits until it is finished. */
void shard_destroy(struct shard *shard);

const char *shard_id(const struct shard *shard);
void *shard_user(const struct shard *shard);

/* The newest gap-free acknowledged position of this tenure. False: none yet (the start position stands). Any
 * thread. */
bool shard_read_position(struct shard *shard, struct sequence_number *ret_number);

struct shard_stats {
    uint64_t records_read; /* those read again after they came back unsent counted again */
    uint64_t records_done; /* gap-free prefix */
    uint64_t records_open; /* read and not done */
    uint64_t records_dropped; /* older than drop_before_wall_ms */
    uint64_t records_filtered; /* dropped by the filter */
    uint64_t calls; /* GetRecords */
    uint64_t order_violations;
    int64_t lag_ms; /* -1: not known, or known too long ago; 0 only when proven at the tip (design 5) */
    int64_t read_up_to_wall_ms; /* every record with an older event time has been read; 0: not known */
    bool ended; /* nothing is left to read */
    bool failed;
    bool waiting; /* for memory, its lease or the sink, which may take for ever; else its thread turns */
    int64_t paged_boot_ms; /* when the last page came; 0: none yet */
    int64_t turned_boot_ms; /* when its thread last showed that it turns */
    int64_t failing_since_boot_ms; /* since when every read failed; 0: the last one brought a page */
};
/* Any thread. */
void shard_read_stats(struct shard *shard, struct shard_stats *ret_stats);

#endif
