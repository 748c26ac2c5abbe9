/* A dead letter as one line of JSON:
 *
 *   {"v":1,"ts":"2026-11-23T10:00:00.000Z","first_ts":"2026-11-23T09:59:58.000Z","worker":..,"table":..,
 *    "reason":..,"shard":..,"seq":..|null,"attempts":3,"kind":"line"|"record","content":{...}}
 *
 * "first_ts" is when the content was read or first to be sent, "ts" when the letter was written; "seq" of a line is
 * the line's own.
 *
 * The content stands as it is, byte for byte, when it is one JSON object that a strict reader takes (UTF-8,
 * no control characters, nested 64 deep at most); anything else stands as base64 in "content_base64".
 */
#ifndef PENSTOCK_SINK_LETTER_TEXT_H
#define PENSTOCK_SINK_LETTER_TEXT_H

#include "sink/dead_letter.h"

/* What a worker adds to every letter; borrowed. */
struct letter_stamp {
    const char *worker;
    const char *table;
    int64_t wall_ms;
};

/* Appends the line, with its newline. */
struct status letter_text_append(struct bytes *target, const struct dead_letter *letter,
                                 const struct letter_stamp *stamp) MUST_USE;

/* A letter too long for a Firehose record goes as several lines, each with "part" and "parts" and a piece of the
 * content in "content_base64": decoded and joined in the order of "part" they are the content. */
struct letter_part {
    uint32_t part; /* from 1 */
    uint32_t parts;
    struct slice piece;
};
struct status letter_text_append_part(struct bytes *target, const struct dead_letter *letter,
                                      const struct letter_stamp *stamp, const struct letter_part *part)
    MUST_USE;

#endif
