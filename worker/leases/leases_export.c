/* penstock leases export: rows as they are. */
#include <stdio.h>

#include "worker/leases/leases_change.h"
#include "worker/leases/leases_file.h"

struct export_context {
    const struct leases_access *access;
    bool begun; /* the head is written: not before it is known that there is a lease table */
};

static struct status begin(struct export_context *context)
{
    if (context->begun) {
        return status_ok();
    }
    context->begun = true;
    return leases_file_write_head(stdout, context->access->app, context->access->access.region,
                                  clock_wall_ms(clock_real()));
}

static struct status print_row(void *context, const cJSON *item, enum leases_row_kind kind,
                               const struct leases_row *row)
{
    (void)kind;
    (void)row;
    TRY(begin(context));
    return leases_file_write_row(stdout, item);
}

static struct status print_rows(const struct leases_access *access)
{
    struct leases_source source = leases_change_source(access);
    struct export_context context = {.access = access};
    const struct leases_visitor visitor = {.context = &context, .visit = print_row};
    TRY(leases_read_each(&source, &visitor));
    return begin(&context);
}

int leases_export_run(const struct leases_request *request)
{
    struct leases_access access = {.app = ""};
    struct status status = leases_access_open(request, &access);
    if (status_is_ok(&status)) {
        status = print_rows(&access);
    }
    leases_access_close(&access);
    return status_is_ok(&status) ? commands_finish_output() : leases_fail(&status);
}
