/* A dead letter as one line of JSON:
 *
 *   {"v":1,"ts":"2026-11-23T10:00:00.000Z","worker":..,"reason":..,"shard":..,"seq":..|null,"attempts":3,
 *    "kind":"line"|"record","content":{...}}
 *
 * The content stands as it is, byte for byte, when it is one JSON object that a strict reader takes (UTF-8,
 * no control characters, nested 64 deep at most); anything else stands as base64 in "content_base64".
 */
#ifndef PENSTOCK_SINK_LETTER_TEXT_H
#define PENSTOCK_SINK_LETTER_TEXT_H

#include "sink/dead_letter.h"

/* Appends the line, with its newline. */
struct status letter_text_append(struct bytes *target, const struct dead_letter *letter, const char *worker,
                                 int64_t wall_ms) MUST_USE;

#endif
