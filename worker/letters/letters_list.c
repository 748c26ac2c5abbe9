#include <inttypes.h>
#include <stdio.h>

#include "aws/json.h"
#include "worker/exit_code.h"
#include "worker/leases/leases_text.h"
#include "worker/letters/letters_parse.h"
#include "worker/letters/letters_read.h"

enum { LINE_CEILING = 64 * 1024, SAFE_TIMES = 6 };

static int fail(const struct status *status)
{
    fprintf(stderr, "penstock: error: %s\n", status->reason);
    return status->code == STATUS_INVALID ? EXIT_CODE_USAGE : exit_code_of(status);
}

static struct status append_member(struct bytes *line, const char *name, const char *text)
{
    TRY(bytes_append_format(line, ",\"%s\":", name));
    return text[0] == '\0' ? bytes_append_text(line, "null") : json_append_string(line, slice_of_text(text));
}

static struct status form_line(struct bytes *line, const char *name, const struct letter_view *view)
{
    TRY(bytes_append_text(line, "{\"letter\":"));
    TRY(json_append_string(line, slice_of_text(name)));
    TRY(append_member(line, "ts", view->ts));
    TRY(append_member(line, "shard", view->shard));
    TRY(append_member(line, "seq", view->sequence));
    TRY(append_member(line, "kind", view->is_line ? "line" : "record"));
    TRY(append_member(line, "reason", view->reason));
    return bytes_append_format(line, ",\"attempts\":%" PRId64 "}\n", view->attempts);
}

static struct status print_json(const char *name, const struct letter_view *view)
{
    struct bytes line;
    bytes_init(&line, LINE_CEILING);
    struct status status = form_line(&line, name, view);
    if (status_is_ok(&status)) {
        (void)fwrite(line.at, 1, line.length, stdout);
    }
    bytes_free(&line);
    return status;
}

struct listing {
    bool json;
    size_t count;
    size_t broken;
};

static struct status list_letter(void *context, const char *name, struct slice text)
{
    struct listing *listing = context;
    struct letter_view view;
    struct status status = letters_parse(text, &view, NULL);
    if (!status_is_ok(&status)) {
        listing->broken++;
        fprintf(stderr, "penstock: warning: %s: %s\n", name, status.reason);
        return status_ok();
    }
    if (listing->json) {
        return print_json(name, &view);
    }
    if (listing->count++ == 0) {
        printf("%-24s  %-6s  %8s  %-44s  %s\n", "TIME", "KIND", "ATTEMPTS", "REASON", "LETTER");
    }
    printf("%-24s  %-6s  %8" PRId64 "  %-44.44s  %s\n", view.ts, view.is_line ? "line" : "record",
           view.attempts, view.reason, name);
    return status_ok();
}

int letters_list_run(const struct command_line *line)
{
    const struct letters_request *request = line->request;
    struct letters_access access = {.place = {.folder = NULL}};
    struct listing listing = {.json = request->output == LETTERS_JSONL};
    const struct letters_visit visit = {list_letter, &listing};
    struct status status = letters_open(request, &access);
    if (status_is_ok(&status)) {
        status = letters_read(&access, request, &visit);
    }
    letters_close(&access);
    if (!status_is_ok(&status)) {
        return fail(&status);
    }
    int code = commands_finish_output();
    return code == EXIT_CODE_OK && listing.broken > 0 ? EXIT_CODE_FAILURE : code;
}

static struct status show_letter(void *context, const char *name, struct slice text)
{
    (void)context;
    struct letter_view view;
    TRY(status_prefix(letters_parse(text, &view, NULL), "%s", name));
    while (text.length > 0 && text.at[text.length - 1] == '\n') {
        text.length--;
    }
    struct bytes line;
    bytes_init(&line, SAFE_TIMES * text.length + 1);
    struct status status = leases_text_json_safe(&line, text);
    if (status_is_ok(&status)) {
        status = bytes_append_text(&line, "\n");
    }
    if (status_is_ok(&status)) {
        (void)fwrite(line.at, 1, line.length, stdout);
    }
    bytes_free(&line);
    return status;
}

int letters_show_run(const struct command_line *line)
{
    const struct letters_request *request = line->request;
    struct letters_access access = {.place = {.folder = NULL}};
    const struct letters_visit visit = {show_letter, NULL};
    struct status status = letters_open(request, &access);
    if (status_is_ok(&status)) {
        status = letters_read(&access, request, &visit);
    }
    letters_close(&access);
    return status_is_ok(&status) ? commands_finish_output() : fail(&status);
}
