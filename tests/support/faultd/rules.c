#include "tests/support/faultd/rules.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tests/support/faultd/rule_read.h"
#include "tests/support/faultd/tree.h"

enum { HOLD_SLICE_MS = 50 };

struct status rules_init(struct rules *rules)
{
    *rules = (struct rules){.count = 0};
    mutex_init(&rules->lock);
    condition_init(&rules->released);
    mutex_lock(&rules->lock);
    rules->all = calloc(RULES, sizeof *rules->all);
    bool made = rules->all != NULL;
    mutex_unlock(&rules->lock);
    return made ? status_ok() : status_no_memory("the rules", RULES * sizeof(struct rule));
}

void rules_destroy(struct rules *rules)
{
    mutex_lock(&rules->lock);
    free(rules->all);
    rules->all = NULL;
    rules->count = 0;
    mutex_unlock(&rules->lock);
    condition_destroy(&rules->released);
    mutex_destroy(&rules->lock);
}

static size_t find(const struct rules *rules, const char *id) REQUIRES(rules->lock)
{
    size_t i = 0;
    while (i < rules->count && strcmp(rules->all[i].fault.rule, id) != 0) {
        i++;
    }
    return i;
}

const char *rules_add(struct rules *rules, const cJSON *tree, char ret_id[FAULT_ID_BYTES])
{
    struct rule *rule = calloc(1, sizeof *rule);
    const char *problem = rule == NULL ? "out of memory" : rule_read(tree, rule);
    if (problem == NULL) {
        mutex_lock(&rules->lock);
        if (rule->fault.rule[0] == '\0') {
            snprintf(rule->fault.rule, sizeof rule->fault.rule, "rule-%llu",
                     (unsigned long long)++rules->next_id);
        }
        if (rules->count == RULES) {
            problem = "there are 256 rules already";
        } else if (find(rules, rule->fault.rule) < rules->count) {
            problem = "a rule with this id exists";
        } else {
            rules->all[rules->count++] = *rule;
            memcpy(ret_id, rule->fault.rule, FAULT_ID_BYTES);
        }
        mutex_unlock(&rules->lock);
    }
    free(rule);
    return problem;
}

size_t rules_remove(struct rules *rules, const char *id)
{
    size_t removed = 0;
    mutex_lock(&rules->lock);
    if (id == NULL) {
        removed = rules->count;
        rules->count = 0;
    } else {
        size_t at = find(rules, id);
        if (at < rules->count) {
            memmove(&rules->all[at], &rules->all[at + 1], (rules->count - at - 1) * sizeof rules->all[0]);
            rules->count--;
            removed = 1;
        }
    }
    condition_broadcast(&rules->released);
    mutex_unlock(&rules->lock);
    return removed;
}

cJSON *rules_list(struct rules *rules)
{
    cJSON *list = cJSON_CreateArray();
    mutex_lock(&rules->lock);
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->all[i];
        cJSON *entry = tree_append(list, cJSON_CreateObject());
        tree_add_text(entry, "id", rule->fault.rule);
        tree_add_text(entry, "action", fault_action_name(rule->fault.action));
        tree_add_text(entry, "service", service_name(rule->service));
        tree_add_text(entry, "operation", rule->operation);
        tree_add_integer(entry, "matched", rule->matched);
        tree_add_integer(entry, "fired", rule->fired);
    }
    mutex_unlock(&rules->lock);
    return list;
}

static bool matches(const struct rule *rule, const struct request *request)
{
    return (rule->service == SERVICE_NONE || rule->service == request->service) &&
           (rule->operation[0] == '\0' || strcmp(rule->operation, request->operation) == 0) &&
           (rule->resource[0] == '\0' || strcmp(rule->resource, request->resource) == 0) &&
           (rule->shard[0] == '\0' || strcmp(rule->shard, request->shard) == 0);
}

static bool fires(struct rule *rule)
{
    rule->matched++;
    if (rule->matched <= rule->after_calls || (rule->times > 0 && rule->fired >= rule->times)) {
        return false;
    }
    return rule->probability >= 1 || random_unit(&rule->random) < rule->probability;
}

void rules_match(struct rules *rules, const struct request *request, struct fault *ret_fault)
{
    struct rule *chosen = NULL;
    *ret_fault = (struct fault){.action = FAULT_NONE};
    mutex_lock(&rules->lock);
    for (size_t i = 0; i < rules->count; i++) {
        struct rule *rule = &rules->all[i];
        if (matches(rule, request) && fires(rule) && chosen == NULL) {
            chosen = rule;
        }
    }
    if (chosen != NULL) {
        chosen->fired++;
        chosen->fault.chance = random_next(&chosen->random);
        *ret_fault = chosen->fault;
    }
    mutex_unlock(&rules->lock);
}

static bool peer_left(int descriptor)
{
    struct pollfd watched = {.fd = descriptor, .events = POLLRDHUP};
    return poll(&watched, 1, 0) > 0 && (watched.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool rules_hold(struct rules *rules, const struct fault *fault, int descriptor, int64_t most_ms)
{
    int64_t until = clock_boot_ms(clock_real()) + most_ms;
    bool left = false;
    mutex_lock(&rules->lock);
    rules->parked++;
    while (find(rules, fault->rule) < rules->count && !left && clock_boot_ms(clock_real()) < until) {
        condition_wait_ms(&rules->released, &rules->lock, HOLD_SLICE_MS);
        left = peer_left(descriptor);
    }
    rules->parked--;
    mutex_unlock(&rules->lock);
    return !left;
}

uint64_t rules_parked(struct rules *rules)
{
    mutex_lock(&rules->lock);
    uint64_t parked = rules->parked;
    mutex_unlock(&rules->lock);
    return parked;
}
