/* Where poison goes: a folder with one JSON object a line, durable (fsync) before store returns. Any thread
 * may call. */
#ifndef PENSTOCK_SINK_DEAD_LETTER_H
#define PENSTOCK_SINK_DEAD_LETTER_H

#include "base/bytes.h"
#include "base/clock.h"

struct dead_letters; /* opaque */

/* Borrowed for the call. */
struct dead_letter {
    const char *reason; /* "over the 1,024,000 bytes of a Firehose record", ... */
    const char *shard;
    struct slice sequence_number; /* empty when not known */
    uint32_t attempts;
    struct slice content; /* the line as it would have landed, or the record as it was read */
    bool is_line; /* content is a formed line (else a raw record, which may not even be JSON) */
};

/* `place` is "file:DIR"; the folder is made when absent and tried by writing. STATUS_INVALID names what is
 * wrong with the place. */
struct status dead_letters_open(const char *place, const char *worker_id, const struct clock *clock,
                                struct dead_letters **ret_letters) MUST_USE;
struct status dead_letters_store(struct dead_letters *letters, const struct dead_letter *letter) MUST_USE;
void dead_letters_close(struct dead_letters *letters);

#endif
