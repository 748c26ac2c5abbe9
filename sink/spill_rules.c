#include "sink/spill_rules.h"

static int64_t probe_period(int64_t after_ms)
{
    if (after_ms < SPILL_PROBE_LEAST_MS) {
        return SPILL_PROBE_LEAST_MS;
    }
    return after_ms < SPILL_PROBE_MOST_MS ? after_ms : SPILL_PROBE_MOST_MS;
}

enum spill_choice spill_choose(struct spill_state *state, int64_t after_ms, int64_t now_ms)
{
    bool refused = state->refusing_since_ms != 0 && now_ms - state->refusing_since_ms >= after_ms;
    if (!refused && !state->urgent) {
        state->spilling = false;
        return SPILL_SEND;
    }
    if (!state->spilling) {
        state->spilling = true;
        state->probe_at_ms = now_ms + probe_period(after_ms);
        return SPILL_LAND;
    }
    if (refused && now_ms >= state->probe_at_ms) {
        state->probe_at_ms = now_ms + probe_period(after_ms); /* one batch a period, whoever carries it */
        return SPILL_PROBE;
    }
    return SPILL_LAND;
}

void spill_note_answer(struct spill_state *state, bool took, int64_t now_ms)
{
    if (took) {
        state->refusing_since_ms = 0;
        state->spilling = state->urgent;
    } else if (state->refusing_since_ms == 0) {
        state->refusing_since_ms = now_ms;
    }
}

void spill_note_urgent(struct spill_state *state, bool urgent)
{
    state->urgent = urgent;
}
