/* Plays what happens to a client in the adaptive retry mode, for a test that plays the same through botocore.
 *
 * The first line is the start; then each line is "MS take", "MS ok" or "MS throttle". Prints for each what became of it:
 * "1" for a token that was there (or is not needed), else "0", then the rate, the measured rate and the tokens left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/retry_adaptive.h"

static void play(struct retry_adaptive *adaptive, int64_t now_ms, const char *what)
{
    bool taken = true;
    if (strcmp(what, "take") == 0) {
        taken = retry_adaptive_take(adaptive, now_ms) == 0;
    } else {
        retry_adaptive_reply(adaptive, strcmp(what, "throttle") == 0, now_ms);
    }
    printf("%d %.17g %.17g %.17g\n", taken ? 1 : 0, adaptive->bucket.rate, adaptive->clocker.rate,
           adaptive->bucket.tokens);
}

int main(void)
{
    char line[64];
    char *what = NULL;
    struct retry_adaptive adaptive;
    for (int number = 0; fgets(line, sizeof line, stdin) != NULL; number++) {
        line[strcspn(line, "\n")] = '\0';
        int64_t now_ms = strtoll(line, &what, 10);
        if (number == 0) {
            retry_adaptive_init(&adaptive, now_ms);
        } else {
            play(&adaptive, now_ms, what + strspn(what, " "));
        }
    }
    return 0;
}
