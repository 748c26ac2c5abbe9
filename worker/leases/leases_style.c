/* What the place that is printed to can show. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "worker/leases/leases_layout.h"
#include "worker/leases/leases_print.h"

enum { WIDTH_UNSAID = 80, WIDTH_MOST = 100000 };

static const char *value_of(char *const *environment, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; environment != NULL && environment[i] != NULL; i++) {
        if (strncmp(environment[i], name, length) == 0 && environment[i][length] == '=') {
            return environment[i] + length + 1;
        }
    }
    return "";
}

/* https://no-color.org: set and not empty. */
static bool wants_colour(char *const *environment)
{
    return value_of(environment, "NO_COLOR")[0] == '\0' && strcmp(value_of(environment, "TERM"), "dumb") != 0;
}

static bool shows_utf8(char *const *environment)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = "";
    for (size_t i = 0; i < 3 && locale[0] == '\0'; i++) {
        locale = value_of(environment, names[i]);
    }
    return strcasestr(locale, "utf-8") != NULL || strcasestr(locale, "utf8") != NULL;
}

static size_t width_of(size_t said, char *const *environment)
{
    size_t width = said;
    if (width == 0) {
        width = strtoul(value_of(environment, "COLUMNS"), NULL, 10);
    }
    if (width == 0 || width > WIDTH_MOST) {
        width = WIDTH_UNSAID;
    }
    return width < LEASES_LAYOUT_NARROWEST ? LEASES_LAYOUT_NARROWEST : width;
}

struct leases_style leases_style_of(FILE *out, enum leases_form form, bool headers, char *const *environment)
{
    struct leases_style style = {.form = form, .headers = headers, .utf8 = shows_utf8(environment)};
    int descriptor = fileno(out);
    if (isatty(descriptor) == 1) {
        struct winsize size = {0};
        (void)ioctl(descriptor, TIOCGWINSZ, &size);
        style.width = width_of(size.ws_col, environment);
        style.height = size.ws_row;
        style.colour = wants_colour(environment);
    }
    return style;
}
