#include "aws/environment.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"

static const char *real_get(void *context, const char *name)
{
    (void)context;
    return getenv(name); // NOLINT(concurrency-mt-unsafe): nobody calls setenv(), as the header demands
}

const struct environment *environment_real(void)
{
    static const struct environment real = {.get = real_get};
    return &real;
}

const char *environment_text(const struct environment *environment, const char *name)
{
    const char *value = environment->get(environment->context, name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

bool environment_flag(const struct environment *environment, const char *name)
{
    const char *value = environment_text(environment, name);
    return value != NULL && strcasecmp(value, "true") == 0;
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The name behind a '$' at `at`, without braces. *ret_used counts everything up to its end; 0: no name here.
 */
static struct slice variable_name(const char *at, size_t *ret_used)
{
    *ret_used = 0;
    if (at[1] == '{') {
        size_t end = strcspn(at, "}");
        if (at[end] != '}') {
            return slice_of(NULL, 0);
        }
        *ret_used = end + 1;
        return slice_of(at + 2, end - 2);
    }
    size_t length = 0;
    while (is_name_character(at[1 + length])) {
        length++;
    }
    *ret_used = length == 0 ? 0 : length + 1;
    return slice_of(at + 1, length);
}

static struct status append_variable(const struct environment *environment, const char **at,
                                     struct bytes *target)
{
    size_t used = 0;
    struct slice variable = variable_name(*at, &used);
    char name[256];
    const char *value = NULL;
    if (used > 0 && slice_copy_text(variable, name, sizeof(name))) {
        value = environment->get(environment->context, name);
    }
    if (value == NULL) {
        /* As os.path.expandvars: an unknown variable stays as written. */
        used = used == 0 ? 1 : used;
        TRY(bytes_append(target, *at, used));
    } else {
        TRY(bytes_append_text(target, value));
    }
    *at += used;
    return status_ok();
}

static struct status append_expanded(const struct environment *environment, const char *path,
                                     struct bytes *target)
{
    const char *at = path;
    const char *home = environment_text(environment, "HOME");
    if (at[0] == '~' && (at[1] == '\0' || at[1] == '/') && home != NULL) {
        TRY(bytes_append_text(target, home));
        at++;
    }
    while (*at != '\0') {
        size_t plain = strcspn(at, "$");
        TRY(bytes_append(target, at, plain));
        at += plain;
        if (*at == '$') {
            TRY(append_variable(environment, &at, target));
        }
    }
    return status_ok();
}

struct status environment_expand_path(const struct environment *environment, const char *path, char *ret_path,
                                      size_t size)
{
    struct bytes expanded;
    bytes_init(&expanded, size - 1);
    struct status status = append_expanded(environment, path, &expanded);
    if (status_is_ok(&status)) {
        memcpy(ret_path, expanded.at == NULL ? "" : expanded.at, expanded.length);
        ret_path[expanded.length] = '\0';
    }
    bytes_free(&expanded);
    return status_prefix(status, "file name '%.100s'", path);
}
