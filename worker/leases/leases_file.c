#include "worker/leases/leases_file.h"

#include <errno.h>

#include "aws/json.h"
#include "base/clock.h"

static const char format_name[] = "penstock-leases-1";

static struct status write_line(FILE *out, const cJSON *tree)
{
    char *text = cJSON_PrintUnformatted(tree);
    if (text == NULL) {
        return status_no_memory("a lease row", 0);
    }
    bool written = fputs(text, out) >= 0 && fputc('\n', out) >= 0;
    int error = errno;
    cJSON_free(text);
    return written ? status_ok() : status_errno(error, "cannot write a lease row");
}

struct status leases_file_write_head(FILE *out, const char *app, const char *region, int64_t wall_ms)
{
    char at[CLOCK_ISO_BYTES];
    clock_format_iso(wall_ms, at);
    cJSON *head = cJSON_CreateObject();
    bool made = head != NULL && cJSON_AddStringToObject(head, "format", format_name) != NULL &&
                cJSON_AddStringToObject(head, "app", app) != NULL &&
                cJSON_AddStringToObject(head, "region", region) != NULL &&
                cJSON_AddStringToObject(head, "at", at) != NULL;
    struct status status = made ? write_line(out, head) : status_no_memory("the head of an export", 0);
    cJSON_Delete(head);
    return status;
}

struct status leases_file_write_row(FILE *out, const cJSON *item)
{
    return write_line(out, item);
}
