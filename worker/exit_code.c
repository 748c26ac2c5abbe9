#include "worker/exit_code.h"

const struct exit_meaning *exit_meanings(void)
{
    static const struct exit_meaning meanings[] = {
        {"0", "Done. For run: stopped by a signal, all that was read is delivered and checkpointed, all "
              "leases are "
              "released."},
        {"1", "Failed; one line on standard error says why and what to do."},
        {"2", "Wrong usage: an unknown command, setting or option, or a value that is not allowed."},
        {"3", "The table, stream, lease or file named does not exist, or the table has no stream."},
        {"4", "A row was changed by somebody else meanwhile; what was written before that is told."},
        {"5",
         "For run: stopped with work undelivered (at the stop timeout, because a shard stands still, or "
         "because the reader of --stdout is gone) or "
         "leases "
         "unreleased; nothing is lost: other workers, or the next start, deliver it. For checks: unhealthy."},
        {"130, 143", "SIGINT or SIGTERM ended the process at once; run takes a second one for that."},
        {NULL, NULL},
    };
    return meanings;
}

int exit_code_of(const struct status *status)
{
    switch (status->code) {
    case STATUS_OK:
    case STATUS_STOPPED:
        return EXIT_CODE_OK;
    case STATUS_NOT_FOUND:
        return EXIT_CODE_NOT_FOUND;
    case STATUS_CONDITION:
        return EXIT_CODE_CONDITION;
    default:
        return EXIT_CODE_FAILURE;
    }
}
