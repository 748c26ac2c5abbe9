#include "aws/user_agent.h"

#include <stdio.h>
#include <string.h>

static bool is_allowed(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("!$%&'*+-.^_`|~,#", c) != NULL;
}

/* Any byte of a character in UTF-8 but its first. */
static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0U) == 0x80U;
}

bool user_agent_make(const char *app_id, char ret_text[USER_AGENT_BYTES])
{
    char id[USER_AGENT_APP_CHARACTERS + 1] = "";
    size_t length = 0;
    const char *at = app_id != NULL ? app_id : "";
    for (; *at != '\0'; at++) {
        if (is_continuation(*at)) {
            continue;
        }
        if (length == USER_AGENT_APP_CHARACTERS) {
            break;
        }
        id[length++] = is_allowed(*at) ? *at : '-';
    }
    (void)snprintf(ret_text, USER_AGENT_BYTES, "penstock/%s%s%s", PENSTOCK_VERSION, length > 0 ? " app/" : "",
                   id);
    return *at == '\0';
}
