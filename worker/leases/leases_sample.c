#include "worker/leases/leases_sample.h"

#include "base/thread.h"

struct status leases_sample_sleep_until(const struct leases_source *source, int64_t boot_ms)
{
    struct stop never;
    stop_init(&never);
    struct stop *stop = source->cancel != NULL ? source->cancel : &never;
    bool stopped = false;
    int64_t left_ms = boot_ms - clock_boot_ms(source->clock);
    while (left_ms > 0 && !stopped) {
        stopped = stop_wait_ms(stop, left_ms);
        left_ms = boot_ms - clock_boot_ms(source->clock);
    }
    stop_destroy(&never);
    return stopped ? status_make(STATUS_STOPPED, "stopped while watching the lease table") : status_ok();
}

struct status leases_sample_again(const struct leases_source *source, struct leases_list *list)
{
    struct leases_list next = {0};
    TRY(leases_read_all(source, &next));
    leases_state_follow(&next, list);
    leases_list_free(list);
    *list = next;
    return status_ok();
}

struct status leases_sample(const struct leases_source *source, int64_t failover_ms,
                            struct leases_list *ret_list)
{
    struct leases_list list = {0};
    TRY(leases_read_all(source, &list));
    const int64_t due_ms[] = {list.ended_boot_ms + failover_ms / 2, list.ended_boot_ms + failover_ms};
    struct status status = status_ok();
    for (size_t i = 0; i < 2 && leases_state_is_open(&list, failover_ms); i++) {
        TRY_GOTO(status, failed, leases_sample_sleep_until(source, due_ms[i]));
        TRY_GOTO(status, failed, leases_sample_again(source, &list));
    }
    *ret_list = list;
    return status;
failed:
    leases_list_free(&list);
    return status;
}
