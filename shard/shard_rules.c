#include "shard/shard_rules.h"

static struct rules_decision decide(enum rules_action action, bool back_off)
{
    return (struct rules_decision){.action = action, .back_off = back_off};
}

void rules_init(struct shard_rules *rules, const struct sequence_number *after)
{
    *rules =
        (struct shard_rules){.from_horizon = after == NULL, .limit = RULES_LIMIT, .ceiling = RULES_CEILING};
    if (after != NULL) {
        rules->after = *after;
    }
}

/* Design 4.6: reading goes on at the trim horizon at once, since waiting loses more. Who has read nothing
 * yet, and began at the trim horizon, begins there again: nothing behind a position is missing. */
static struct rules_decision on_trimmed(struct shard_rules *rules)
{
    bool again = rules->from_horizon && !rules->page_since_open;
    struct rules_decision decision = decide(RULES_OPEN, again);
    decision.gap = !again && rules->after.length > 0;
    decision.gap_certain = rules->more_known;
    rules->from_horizon = true;
    rules->page_since_open = false;
    return decision;
}

static struct rules_decision on_not_found(struct shard_rules *rules)
{
    rules->not_found++;
    return decide(RULES_LIST, true);
}

struct rules_decision rules_on_iterator(struct shard_rules *rules, enum status_code code)
{
    switch (code) {
    case STATUS_OK:
        return decide(RULES_READ, false);
    case STATUS_STOPPED:
        return decide(RULES_STOP, false);
    case STATUS_TRIMMED:
        return on_trimmed(rules);
    case STATUS_NOT_FOUND:
        return on_not_found(rules);
    default:
        return decide(RULES_OPEN, true);
    }
}

static void grow_back(struct shard_rules *rules)
{
    if (rules->isolating && ++rules->isolated_pages < RULES_ISOLATION_PAGES) {
        /* The poison is known: the next malformed page halves at once; a page of one gets all its tries. */
        rules->corrupt = rules->limit > 1 ? RULES_CORRUPT_TRIES : 0;
        return;
    }
    rules->isolating = false;
    rules->corrupt = 0;
    rules->limit += rules->limit / 4 + 1;
    rules->limit = rules->limit > RULES_LIMIT ? RULES_LIMIT : rules->limit;
    rules->ceiling = RULES_CEILING;
}

struct rules_decision rules_on_page(struct shard_rules *rules, uint32_t records,
                                    const struct sequence_number *last, bool ends)
{
    rules->page_since_open = true;
    rules->not_found = 0;
    rules->more_known = records > 0;
    if (last->length > 0) {
        rules->after = *last;
        rules->from_horizon = false;
    }
    grow_back(rules);
    return decide(ends ? RULES_END : RULES_READ, false);
}

static struct rules_decision on_expired(struct shard_rules *rules)
{
    bool at_once = rules->page_since_open;
    rules->page_since_open = false;
    return decide(RULES_OPEN, !at_once);
}

static struct rules_decision on_too_large(struct shard_rules *rules)
{
    if (rules->limit > 1) {
        rules->limit /= 2;
        return decide(RULES_READ, false);
    }
    bool greatest = rules->ceiling >= RULES_CEILING_GREATEST;
    rules->ceiling = greatest ? RULES_CEILING_GREATEST : rules->ceiling * 2;
    return decide(RULES_READ, greatest);
}

struct rules_decision rules_on_read_failure(struct shard_rules *rules, enum status_code code)
{
    switch (code) {
    case STATUS_STOPPED:
        return decide(RULES_STOP, false);
    case STATUS_EXPIRED:
        return on_expired(rules);
    case STATUS_TRIMMED:
        return on_trimmed(rules);
    case STATUS_NOT_FOUND:
        return on_not_found(rules);
    case STATUS_TOO_LARGE:
        return on_too_large(rules);
    case STATUS_INVALID:
        return decide(RULES_OPEN, true);
    default:
        return decide(RULES_READ, true);
    }
}

struct rules_decision rules_on_corrupt_page(struct shard_rules *rules, bool salvageable)
{
    rules->corrupt++;
    if (rules->corrupt <= RULES_CORRUPT_TRIES) {
        return decide(RULES_READ, true);
    }
    rules->isolating = true;
    rules->isolated_pages = 0;
    if (rules->limit > 1) {
        rules->limit /= 2;
        rules->corrupt = rules->limit > 1 ? RULES_CORRUPT_TRIES : 0; /* a page of one gets all its tries */
        return decide(RULES_READ, false);
    }
    if (!salvageable) {
        return decide(RULES_READ, true);
    }
    rules->isolating = false;
    rules->corrupt = 0;
    return decide(RULES_LETTER, false);
}

struct rules_decision rules_on_listing(struct shard_rules *rules, enum rules_listing listing)
{
    bool ended = (listing == RULES_MISSING && rules->not_found >= RULES_NOT_FOUND_TRIES) ||
                 (listing == RULES_STREAM_GONE && rules->not_found >= RULES_GONE_TRIES);
    if (!ended) {
        return decide(RULES_OPEN, listing != RULES_MISSING);
    }
    struct rules_decision decision = decide(RULES_END, false);
    decision.gap = true;
    return decision;
}
