#include "shard/pacing.h"

void pacing_init(struct pacing *pacing, int64_t poll_ms, int64_t idle_ms, bool closed)
{
    *pacing = (struct pacing){
        .poll_ms = poll_ms,
        .idle_ms = idle_ms < poll_ms ? poll_ms : idle_ms,
        .closed = closed,
        .interval_ms = poll_ms,
        .lag_ms = -1,
    };
}

void pacing_forget(struct pacing *pacing)
{
    pacing->at_tip = false;
    pacing->fresh = false;
    pacing->more = false;
    pacing->empty_pages = 0;
    pacing->interval_ms = pacing->poll_ms;
    pacing->lag_ms = -1;
}

/* `ms` less up to a twentieth, so that shards do not poll in step. Never more: what was asked for is how long a
 * change may wait to be read. */
static int64_t jitter(int64_t ms, struct random *random)
{
    return ms - (int64_t)random_below(random, (uint64_t)(ms / 20 + 1));
}

static int64_t after_records(struct pacing *pacing, const struct pacing_page *page, struct random *random)
{
    int64_t age_ms = page->now_wall_ms - page->newest_event_wall_ms;
    pacing->fresh = age_ms < PACING_FRESH_MS;
    pacing->more = page->full || !pacing->fresh;
    pacing->at_tip = pacing->at_tip && pacing->fresh && !page->full;
    pacing->empty_pages = 0;
    pacing->interval_ms = pacing->poll_ms;
    pacing->lag_ms = age_ms < 1 ? 1 : age_ms; /* 0 is only for a proven tip */
    return pacing->more ? 0 : jitter(pacing->poll_ms, random);
}

static int64_t after_empty_page(struct pacing *pacing, struct random *random)
{
    pacing->empty_pages++;
    pacing->more = false;
    if (!pacing->at_tip && (pacing->fresh || pacing->empty_pages >= PACING_EMPTY_PAGES)) {
        pacing->at_tip = true;
    }
    pacing->lag_ms = pacing->at_tip ? 0 : -1;
    if (!pacing->at_tip) {
        return jitter(pacing->poll_ms, random);
    }
    int64_t interval_ms = pacing->interval_ms;
    pacing->interval_ms += pacing->interval_ms / 2 + 1;
    if (pacing->interval_ms > pacing->idle_ms) {
        pacing->interval_ms = pacing->idle_ms;
    }
    return jitter(interval_ms, random);
}

int64_t pacing_after_page(struct pacing *pacing, const struct pacing_page *page, struct random *random)
{
    int64_t wait_ms =
        page->records > 0 ? after_records(pacing, page, random) : after_empty_page(pacing, random);
    return pacing->closed ? 0 : wait_ms;
}

enum allowance_class pacing_expects(const struct pacing *pacing)
{
    if (pacing->more || pacing->closed) {
        return ALLOWANCE_BEHIND;
    }
    bool quiet = pacing->at_tip && pacing->empty_pages > 0 && pacing->interval_ms >= pacing->idle_ms;
    return quiet ? ALLOWANCE_IDLE : ALLOWANCE_RECENT;
}
