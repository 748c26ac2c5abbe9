#include "tests/support/faultd/world.h"

#include "base/clock.h"

int64_t world_now_ms(const struct world *world)
{
    return clock_wall_ms(clock_real()) + atomic_load(&world->settings.clock_offset_ms);
}

void world_reset(struct world *world)
{
    rules_remove(&world->rules, NULL);
    streams_reset(&world->streams);
    tables_reset(&world->tables);
    lease_watch_reset(&world->lease_watch);
    hoses_reset(&world->hoses);
    buckets_reset(&world->buckets);
    data_streams_reset(&world->data_streams);
    role_forget(&world->role);
    stats_reset(&world->stats);
}
