/* Reading one shard: iterator, pages, lines into the sink, until there is a reason to stop. It runs on the
 * shard's thread alone; what each answer means stands in shard_rules.h, when to poll in pacing.h.
 */
#ifndef PENSTOCK_SHARD_READER_H
#define PENSTOCK_SHARD_READER_H

#include "base/backoff.h"
#include "shard/pacing.h"
#include "shard/page.h"
#include "shard/shard_private.h"
#include "shard/shard_rules.h"

enum reader_end {
    READER_STOPPED, /* a stop was requested */
    READER_ENDED, /* the shard has nothing more; its lines may still be without verdicts */
    READER_TROUBLE, /* lines came back unsent or refused */
    READER_FAILED, /* poison without a place for it: `failure` says more */
};

struct reader {
    struct shard *shard;
    struct thread_stack stack; /* of the shard's thread */
    struct shard_rules rules;
    struct pacing pacing;
    struct backoff backoff;
    struct random random;
    struct bytes iterator;
    struct aws_reply reply;
    struct budget_hold hold; /* pays for the page being read */
    struct sequence_number last; /* newest position read */
    bool skip_known; /* just opened behind `last` */
    bool gap_pending; /* to be noted when it is known where reading goes on */
    struct position_gap gap;
    int64_t call_boot_ms; /* start of the last GetRecords */
    int64_t wait_ms; /* from there to the next */
    size_t page_bytes; /* the last page */
    size_t page_peak; /* bytes that a page and its lines took lately */
    size_t lines_ratio; /* bytes of lines for 1,024 bytes of page, on the last page with records */
    struct status failure;
};

/* On the shard's thread. */
void reader_init(struct reader *reader, struct shard *shard);
void reader_free(struct reader *reader);

/* Begins behind `after`; NULL: at the trim horizon. */
void reader_start(struct reader *reader, const struct sequence_number *after);

/* Reads until there is a reason to stop. Nothing of the budget is held on return but by parcels in the sink.
 */
enum reader_end reader_run(struct reader *reader);

#endif
