/* Where poison goes: a folder, a bucket or another delivery stream, durable before store returns. Any thread
 * may call. */
#ifndef PENSTOCK_SINK_DEAD_LETTER_H
#define PENSTOCK_SINK_DEAD_LETTER_H

#include "aws/s3.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "sink/dead_letter_place.h"

struct dead_letters; /* opaque */

/* Borrowed for the call. */
struct dead_letter {
    const char *reason; /* "over the 1,024,000 bytes of a Firehose record", ... */
    const char *shard;
    struct slice sequence_number; /* empty when not known; of a line it is read from the line then */
    uint32_t attempts;
    int64_t first_wall_ms; /* when it was read or first to be sent; 0: now */
    struct slice content; /* the line as it would have landed, or the record as it was read */
    bool is_line; /* content is a formed line (else a raw record, which may not even be JSON) */
};

struct dead_letters_options {
    const char *place; /* sink/dead_letter_place.h */
    const char *worker_id;
    const char *table;
    const struct clock *clock;
    const struct s3 *s3; /* borrowed; for s3:// */
    struct aws_client *firehose; /* borrowed; for firehose: */
};

/* The folder is made when absent and tried by writing. A bucket is tried by putting PREFIX/.penstock-try: what
 * only a person can mend (no such bucket, no rights) is a failure, an outage only a warning in the log. STATUS_INVALID
 * names what is wrong with the place. */
struct status dead_letters_open(const struct dead_letters_options *options, struct dead_letters **ret_letters)
    MUST_USE;

/* `cancel` (or NULL) ends a request under way with STATUS_STOPPED. After a failure the letter may be there all
 * the same; storing it again makes it no second one in a bucket, and perhaps one elsewhere. */
struct status dead_letters_store(struct dead_letters *letters, const struct dead_letter *letter,
                                 struct stop *cancel) MUST_USE;

struct dead_letters_state {
    uint64_t stored; /* so far */
    int64_t failing_since_boot_ms; /* since when none could be stored; 0: the last one was */
};
void dead_letters_read_state(struct dead_letters *letters, struct dead_letters_state *ret_state);

void dead_letters_close(struct dead_letters *letters);

#endif
