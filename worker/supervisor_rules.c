#include "worker/supervisor_rules.h"

/* Events carry whole seconds and the fleet's clocks differ a little: a start at LATEST keeps this much before
 * it. */
enum { LATEST_SLACK_MS = 2000 };

static enum tenure_action next_while_waiting(const struct tenure_view *view)
{
    if (view->lost) {
        return TENURE_FORGET;
    }
    if (view->leaving || view->wanted) {
        return TENURE_RELEASE;
    }
    return view->elder_runs ? TENURE_NOTHING : TENURE_START;
}

static bool should_stop(const struct tenure_view *view)
{
    return view->leaving || view->wanted;
}

/* Its thread is done, and not because it stands still and keeps its lease. */
static bool can_close(const struct tenure_view *view)
{
    bool stands_still = view->failed && !view->ended && !view->lost && !should_stop(view);
    return view->finished && !stands_still;
}

static bool should_abort(const struct tenure_view *view)
{
    bool late = view->overdue && should_stop(view);
    return (view->lost || late) && view->phase != TENURE_ABORTING;
}

static enum tenure_action next_while_running(const struct tenure_view *view)
{
    if (view->ended && !view->told && !view->lost) {
        return TENURE_REPORT_END;
    }
    if (can_close(view)) {
        return TENURE_CLOSE;
    }
    if (should_abort(view)) {
        return TENURE_ABORT;
    }
    if (view->phase == TENURE_RUNNING && !view->ended && should_stop(view)) {
        return TENURE_DRAIN;
    }
    return TENURE_NOTHING;
}

static enum tenure_action next_when_closed(const struct tenure_view *view)
{
    if (view->lost) {
        return TENURE_FORGET;
    }
    if (!view->told) {
        return view->ended ? TENURE_REPORT_END : TENURE_RELEASE;
    }
    return view->run_out ? TENURE_FORGET : TENURE_NOTHING;
}

enum tenure_action tenure_next(const struct tenure_view *view)
{
    switch (view->phase) {
    case TENURE_WAITING:
        return next_while_waiting(view);
    case TENURE_RUNNING:
    case TENURE_DRAINING:
    case TENURE_ABORTING:
        return next_while_running(view);
    case TENURE_CLOSED:
        return next_when_closed(view);
    }
    return TENURE_NOTHING;
}

struct tenure_start tenure_choose_start(const struct lease_grant *grant, const struct position_row *local)
{
    struct tenure_start start = {.origin = SHARD_FROM_TRIM_HORIZON};
    if (local != NULL) {
        start.from_local =
            positions_choose_local(local, grant->checkpoint_text, grant->nonce, grant->writer, &start.after);
        start.reset_local = !start.from_local;
    }
    if (start.from_local) {
        start.origin = SHARD_FROM_AFTER;
    } else if (grant->kind == LEASE_AT_SEQUENCE_NUMBER) {
        start.origin = SHARD_FROM_AFTER;
        start.after = grant->checkpoint;
    } else if (grant->kind == LEASE_AT_LATEST && grant->start_wall_ms > LATEST_SLACK_MS) {
        start.drop_before_wall_ms = grant->start_wall_ms - LATEST_SLACK_MS;
    }
    return start;
}
