/* The state table of a shard's reading, pure: what each answer of GetShardIterator and GetRecords means.
 *
 * Sources: API_streams_GetRecords and API_streams_GetShardIterator of the DynamoDB API reference for the
 * errors; design 4.5, 4.6 and the faults 19, 20, 28 of the catalogue for what is done about them.
 *
 *   answer                      | what follows
 *   page                        | read on; the limit grows back
 *   page without next iterator  | the shard has ended
 *   ExpiredIterator             | open again behind the last record read; at once the first time
 *   TrimmedDataAccess           | a gap; open at the trim horizon at once
 *   ResourceNotFound            | ask the listing; missing there too, three times: ended, with a possible gap
 *   the stream is not found too | six times: ended, with a possible gap (disabled a day ago, or deleted)
 *   reply too large             | half the limit; at 1 twice the ceiling, up to 32 MiB
 *   malformed page              | three more tries, then half the limit each time, to get past the records
 * before | the poison; at 1, after three tries, it is a dead letter iterator not valid          | open again,
 * with backoff anything else               | the same call again, with backoff, for as long as it takes
 */
#ifndef PENSTOCK_SHARD_SHARD_RULES_H
#define PENSTOCK_SHARD_SHARD_RULES_H

#include "aws/sequence_number.h"
#include "base/status.h"

enum {
    RULES_LIMIT = 1000, /* the service's greatest, and default */
    RULES_CEILING = 8 * 1024 * 1024,
    RULES_CEILING_GREATEST = 32 * 1024 * 1024,
    RULES_CORRUPT_TRIES = 3,
    RULES_NOT_FOUND_TRIES = 3,
    RULES_GONE_TRIES = 6, /* with two waits each, up to 5 s: a quarter of a minute */
    RULES_ISOLATION_PAGES = 16, /* good pages after which no poison is looked for any more */
};

enum rules_action {
    RULES_OPEN, /* GetShardIterator, where `from_horizon` and `after` say */
    RULES_READ, /* GetRecords, with `limit` and `ceiling` */
    RULES_LIST, /* is the shard still in the stream's listing? */
    RULES_LETTER, /* the page as it is goes to the dead letters, then the iterator salvaged from it is read */
    RULES_END, /* nothing is left to read */
    RULES_STOP, /* a stop was requested */
};

struct rules_decision {
    enum rules_action action;
    bool back_off; /* wait first, longer each time */
    bool gap; /* a stretch from `after` on is gone (note it before `after` moves) */
    bool gap_certain;
};

struct shard_rules {
    bool from_horizon;
    struct sequence_number after; /* the last position read; length 0: none */
    uint32_t limit;
    size_t ceiling;
    bool more_known; /* the last page was not empty: there may well be more behind it */
    bool page_since_open;
    bool isolating;
    uint32_t isolated_pages;
    uint32_t corrupt; /* in a row */
    uint32_t not_found; /* in a row */
};

/* `after` NULL: from the trim horizon. */
void rules_init(struct shard_rules *rules, const struct sequence_number *after);

/* GetShardIterator ended with `code`. */
struct rules_decision rules_on_iterator(struct shard_rules *rules, enum status_code code);

/* A sound page of `records`; `last` is the newest position read so far, `ends` that it has no next iterator.
 */
struct rules_decision rules_on_page(struct shard_rules *rules, uint32_t records,
                                    const struct sequence_number *last, bool ends);

/* GetRecords failed with `code`. */
struct rules_decision rules_on_read_failure(struct shard_rules *rules, enum status_code code);

/* The reply does not decode. `salvageable`: its next iterator can be told all the same. */
struct rules_decision rules_on_corrupt_page(struct shard_rules *rules, bool salvageable);

enum rules_listing {
    RULES_LISTED,
    RULES_MISSING,
    RULES_STREAM_GONE, /* there is no such stream (any more) */
    RULES_LISTING_UNKNOWN,
};
struct rules_decision rules_on_listing(struct shard_rules *rules, enum rules_listing listing);

#endif
