/* penstock leases export: rows as they are. */
#include <stdio.h>

#include "worker/leases/leases_change.h"
#include "worker/leases/leases_file.h"

struct export_context {
    const struct leases_request *request;
    const struct leases_access *access;
    bool begun; /* the head is written: not before it is known that there is a lease table */
    bool has_rows;
};

static bool is_document(const struct export_context *context)
{
    return context->request->export_form == LEASES_EXPORT_JSON;
}

static struct status begin(struct export_context *context)
{
    if (context->begun) {
        return status_ok();
    }
    context->begun = true;
    const char *app = context->access->app;
    const char *region = context->access->access.region;
    int64_t now_wall_ms = clock_wall_ms(clock_real());
    return is_document(context) ? leases_file_write_document_head(stdout, app, region, now_wall_ms)
                                : leases_file_write_head(stdout, app, region, now_wall_ms);
}

static struct status print_row(void *of, const cJSON *item, enum leases_row_kind kind,
                               const struct leases_row *row)
{
    struct export_context *context = of;
    (void)kind;
    (void)row;
    TRY(begin(context));
    bool first = !context->has_rows;
    context->has_rows = true;
    return is_document(context) ? leases_file_write_document_row(stdout, item, first)
                                : leases_file_write_row(stdout, item);
}

static struct status print_rows(const struct leases_request *request, const struct leases_access *access)
{
    struct leases_source source = leases_change_source(access);
    struct export_context context = {.request = request, .access = access};
    const struct leases_visitor visitor = {.context = &context, .visit = print_row};
    TRY(leases_read_each(&source, &visitor));
    TRY(begin(&context));
    return is_document(&context) ? leases_file_write_document_end(stdout) : status_ok();
}

int leases_export_run(const struct leases_request *request)
{
    struct leases_access access = {.app = ""};
    struct status status = leases_access_open(request, &access);
    if (status_is_ok(&status)) {
        status = print_rows(request, &access);
    }
    leases_access_close(&access);
    return status_is_ok(&status) ? commands_finish_output() : leases_fail(&status);
}
