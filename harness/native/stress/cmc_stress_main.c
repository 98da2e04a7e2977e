/*
 * The stress driver without node, for ThreadSanitizer and debuggers:
 *     cmc_stress library=PATH [threads=4] [duration_ms=2000] [seed=1] [key_size=4] [value_size=4] ...
 * Exit code: 0 nothing found, 1 a violation, 2 a wrong option or a provider that does not start.
 */
#include "cmc_stress.h"

#include <stdio.h>
#include <stdlib.h>

int
main(int count, char** given)
{
    static cmc_stress_options_t options;
    static cmc_stress_result_t result;
    static char text[65536];
    cmc_stress_defaults(&options);
    for (int i = 1; i < count; i += 1) {
        if (!cmc_stress_option(&options, given[i])) {
            fprintf(stderr, "%s: no such option, or out of range\n", given[i]);
            return 2;
        }
    }
    cmc_stress_run(&options, &result);
    cmc_stress_print(&result, text, sizeof(text));
    fputs(text, stdout);
    fflush(stdout);
    if (result.outcome == CMC_STRESS_HUNG) {
        _Exit(1); /* Threads are stuck. */
    }
    return result.outcome == CMC_STRESS_NOT_STARTED ? 2 : result.sights > 0;
}
