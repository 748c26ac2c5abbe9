#include "worker/filter/filter_load.h"

#include "aws/small_file.h"

enum { FILE_CEILING = 1024 * 1024 };

static struct status add_file(struct filter *filter, const char *path)
{
    struct bytes content;
    bytes_init(&content, FILE_CEILING);
    struct status status = small_file_read(path, &content);
    if (status_is_ok(&status)) {
        status = status_prefix(filter_add(filter, bytes_slice(&content)), "'%.100s'", path);
    } else if (status.code == STATUS_NOT_FOUND) {
        status.code = STATUS_INVALID; /* of settings, not of a thing in AWS */
    }
    bytes_free(&content);
    return status_prefix(status, "--filter-file");
}

static struct status add_all(struct filter *filter, const struct filter_texts *texts)
{
    if (texts->patterns != NULL) {
        TRY(status_prefix(filter_add(filter, slice_of_text(texts->patterns)), "%s", texts->place));
    }
    return texts->file == NULL ? status_ok() : add_file(filter, texts->file);
}

struct status filter_load(const struct filter_texts *texts, struct filter **ret_filter)
{
    *ret_filter = NULL;
    if (texts->patterns == NULL && texts->file == NULL) {
        return status_ok();
    }
    struct filter *filter = NULL;
    TRY(filter_create(&filter));
    struct status status = add_all(filter, texts);
    if (!status_is_ok(&status)) {
        filter_destroy(filter);
        return status;
    }
    *ret_filter = filter;
    return status;
}

struct status filter_load_settings(const struct settings *settings, struct filter **ret_filter)
{
    static const char *const places[] = {[SETTING_FROM_DEFAULT] = "--filter",
                                         [SETTING_FROM_FILE] = "'filter' in the file of --config",
                                         [SETTING_FROM_VARIABLE] = "PENSTOCK_FILTER",
                                         [SETTING_FROM_FLAG] = "--filter"};
    const struct filter_texts texts = {
        .patterns = settings->filter,
        .place = places[settings->sources[SETTING_FILTER]],
        .file = settings->filter_file,
    };
    return filter_load(&texts, ret_filter);
}
