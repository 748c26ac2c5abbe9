/* What a line says of itself, for names and letters: lines are bytes to a sink, and only the rare one that
 * takes another way is looked into. Pure. */
#ifndef PENSTOCK_SINK_LETTER_FACTS_H
#define PENSTOCK_SINK_LETTER_FACTS_H

#include "base/bytes.h"

enum { LETTER_SEQUENCE_BYTES = 48 };

struct letter_facts {
    char sequence[LETTER_SEQUENCE_BYTES]; /* digits, or empty: it says none */
    int64_t event_ts_ms; /* 0: it says none */
};

/* Of a landed line ("seq", "event_ts_ms"); of anything else nothing. */
struct letter_facts letter_facts_of(struct slice line);

/* A name that the same line always gets: its sequence number, else 32 digits of the content's SHA-256. */
struct status letter_facts_name(const struct letter_facts *facts, struct slice content,
                                char ret_name[LETTER_SEQUENCE_BYTES]) MUST_USE;

#endif
