/* When lines are landed past the sink, and when it is tried again. Pure.
 *
 *   - the sink has refused everything for `after_ms`: land, and try it with one batch every probe period; the first
 *     batch of which it takes anything ends the spill;
 *   - the oldest unread record is near its trim (the owner says so): land, whatever the sink does, since a sink that
 *     takes too little loses records as surely as one that takes nothing.
 */
#ifndef PENSTOCK_SINK_SPILL_RULES_H
#define PENSTOCK_SINK_SPILL_RULES_H

#include <stdbool.h>
#include <stdint.h>

enum { SPILL_PROBE_MOST_MS = 30000, SPILL_PROBE_LEAST_MS = 1000 };

/* Zeroed memory is that of a sink that works. */
struct spill_state {
    int64_t refusing_since_ms; /* the first refusal since something was taken; 0: none */
    int64_t probe_at_ms; /* while spilling */
    bool urgent;
    bool spilling;
};

enum spill_choice {
    SPILL_SEND, /* to the sink, as ever */
    SPILL_PROBE, /* to the sink, to see whether it works again */
    SPILL_LAND,
};

/* What is to be done with the next batch. */
enum spill_choice spill_choose(struct spill_state *state, int64_t after_ms, int64_t now_ms);

/* What the sink did with a batch: did it take anything? Content that it dislikes is neither. */
void spill_note_answer(struct spill_state *state, bool took, int64_t now_ms);

void spill_note_urgent(struct spill_state *state, bool urgent);

#endif
