#include "worker/trim_watch.h"

#include "base/log.h"
#include "worker/admin/snapshot.h"

enum { LOOK_MS = 2000, ALARM_EVERY_MS = 60000 };

bool trim_is_urgent(int64_t trim_ms, bool was)
{
    return trim_ms >= 0 && trim_ms < (was ? TRIM_CALM_MS : TRIM_URGENT_MS);
}

/* The least time until an unread record is trimmed, and whose; -1: not known of any. */
static int64_t least_left(const struct supervisor_shards *shards, int64_t now_wall_ms, const char **ret_key)
{
    int64_t least_ms = -1;
    for (size_t i = 0; i < shards->count; i++) {
        int64_t trim_ms = admin_shard_trim_ms(&shards->at[i], now_wall_ms);
        if (trim_ms >= 0 && (least_ms < 0 || trim_ms < least_ms)) {
            least_ms = trim_ms;
            *ret_key = shards->at[i].key;
        }
    }
    return least_ms;
}

static void tell(struct trim_watch *watch, const char *key, int64_t left_ms, bool spills, int64_t now_boot_ms)
{
    if (left_ms < 0 || left_ms >= TRIM_ALARM_MS || now_boot_ms < watch->alarm_boot_ms) {
        return;
    }
    watch->alarm_boot_ms = now_boot_ms + ALARM_EVERY_MS;
    log_write(LOG_ERROR, "worker",
              spills ? "unread records near their trim"
                     : "unread records near their trim: they will be lost then",
              log_text("shard", key), log_number("left_s", left_ms / 1000));
}

void trim_watch_look(struct trim_watch *watch, struct supervisor *supervisor, struct spill *spill,
                     const struct clock *clock)
{
    int64_t now_boot_ms = clock_boot_ms(clock);
    struct supervisor_shards shards = {.at = NULL};
    const char *key = "";
    if (now_boot_ms < watch->next_boot_ms) {
        return;
    }
    watch->next_boot_ms = now_boot_ms + LOOK_MS;
    struct status status = supervisor_read_shards(supervisor, &shards);
    if (!status_is_ok(&status)) {
        return; /* short of memory: the next look is soon */
    }
    int64_t left_ms = least_left(&shards, clock_wall_ms(clock), &key);
    watch->urgent = trim_is_urgent(left_ms, watch->urgent);
    tell(watch, key, left_ms, spill != NULL, now_boot_ms);
    if (spill != NULL) {
        spill_set_urgent(spill, watch->urgent);
    }
    supervisor_shards_free(&shards);
}
