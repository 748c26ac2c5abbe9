/* Plays what happens to a client in the adaptive retry mode, for a test that plays the same through botocore.
 *
 * The first line is the start; then each line is "MS take", "MS ok" or "MS throttle". Prints for each what became of it:
 * "1" for a token that was there (or is not needed), else "0", then the rate, the measured rate and the tokens left.
 */
#include <stdio.h>
#include <string.h>

#include "aws/retry_adaptive.h"

int main(void)
{
    long long now_ms;
    char what[16];
    struct retry_adaptive adaptive;
    if (scanf("%lld", &now_ms) != 1) {
        return 2;
    }
    retry_adaptive_init(&adaptive, now_ms);
    while (scanf("%lld %15s", &now_ms, what) == 2) {
        int taken = 1;
        if (strcmp(what, "take") == 0) {
            taken = retry_adaptive_take(&adaptive, now_ms) == 0;
        } else {
            retry_adaptive_reply(&adaptive, strcmp(what, "throttle") == 0, now_ms);
        }
        printf("%d %.17g %.17g %.17g\n", taken, adaptive.bucket.rate, adaptive.clocker.rate,
               adaptive.bucket.tokens);
    }
    return 0;
}
