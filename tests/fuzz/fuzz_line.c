/* libFuzzer target: lines in every form, with the paths that the input begins with. Each line is JSON, one line,
 * and no longer than what was reserved for it. The input: INCLUDE \n EXCLUDE \n a page of GetRecords.
 */
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "shard/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIST_BYTES = 256 };

static const struct line_options options = {
    .table = "t", .region = "r", .stream_label = "2026-11-23T10:00:00.000", .shard = "s", .old_image = true};

/* The next line of the input as a text; NULL when it is empty. */
static const char *take_list(struct slice *input, char list[LIST_BYTES])
{
    const char *end = input->length == 0 ? NULL : memchr(input->at, '\n', input->length);
    struct slice line = slice_of(input->at, end == NULL ? 0 : (size_t)(end - input->at));
    if (end != NULL) {
        *input = slice_of(end + 1, input->length - line.length - 1);
    }
    return line.length > 0 && slice_copy_text(line, list, LIST_BYTES) ? list : NULL;
}

/* In memory of its own, so that a sanitizer sees each byte beyond. */
static void check_image(const struct line_form *form, struct slice keys, struct slice image)
{
    size_t bound = line_form_bound(form, image.length);
    char *room = malloc(bound);
    if (room == NULL) {
        return;
    }
    char *end = line_form_put(room, form, keys, image);
    cJSON *tree = cJSON_ParseWithLength(room, (size_t)(end - room));
    if ((size_t)(end - room) > bound || tree == NULL ||
        cJSON_IsString(tree) != (form->images == LINE_TEXTS)) {
        fprintf(stderr, "no image: %.*s\n", (int)(end - room), room);
        abort();
    }
    cJSON_Delete(tree);
    free(room);
}

static void check_record(const struct line_context *context, const struct decode_record *record)
{
    struct bytes line;
    bytes_init(&line, 64 << 20);
    if (line_append(context, record, 1, &line) == STATUS_OK &&
        (memchr(line.at, '\n', line.length) != line.at + line.length - 1 ||
         memchr(line.at, '\r', line.length) != NULL)) {
        abort();
    }
    bytes_free(&line);
    if (record->new_image.length > 0 && record->new_image.length < 1 << 16) {
        check_image(&context->form, record->keys, record->new_image);
    }
}

static void check_form(struct slice page, const struct line_form *form)
{
    struct line_options with_form = options;
    with_form.form = *form;
    struct line_context context;
    struct status status = line_context_init(&context, &with_form);
    struct decoder decoder;
    struct decode_record record;
    decode_begin(&decoder, page);
    while (status_is_ok(&status) && decode_next(&decoder, &record) == DECODE_RECORD) {
        if (record.defect == NULL) {
            check_record(&context, &record);
        }
    }
    line_context_free(&context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_of((const char *)data, size);
    char include[LIST_BYTES];
    char exclude[LIST_BYTES];
    const char *included = take_list(&input, include);
    const char *excluded = take_list(&input, exclude);
    struct projection *projection = NULL;
    struct status status = projection_create(included, excluded, &projection);
    for (int form = 0; form < 4 && status_is_ok(&status); form++) {
        check_form(input, &(struct line_form){.format = form % 2 == 0 ? LINE_TYPED : LINE_PLAIN,
                                              .images = form / 2 == 0 ? LINE_OBJECTS : LINE_TEXTS,
                                              .projection = projection});
    }
    projection_destroy(projection);
    return 0;
}
