// A source in the style of drivers in C++: the standard library beside the names of a driver kit.
// Only compiled.
#include <ntifs.h>
#include <driverspecs.h>
#include <netioddk.h>
#include <ntintsafe.h>
#include <specstrings.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <vector>

static_assert(sizeof(NPI_REGISTRATION_INSTANCE) == 40, "as on x64 Windows");

namespace {

static NTSTATUS
attach(HANDLE, void* context, const NPI_REGISTRATION_INSTANCE*, void*, const void*, void** binding, const void** dispatch)
{
    *binding = context;
    *dispatch = nullptr;
    return STATUS_SUCCESS;
}

static NTSTATUS
detach(void*)
{
    return STATUS_SUCCESS;
}

const NPI_PROVIDER_CHARACTERISTICS characteristics = {
    0, sizeof(NPI_PROVIDER_CHARACTERISTICS), attach, detach, nullptr, {0, 40, nullptr, nullptr, 0, nullptr}};

__forceinline static ULONG
larger(_In_ ULONG left, _In_ ULONG right)
{
    return (std::max)(left, std::min(right, (std::numeric_limits<ULONG>::max)()));
}

} // namespace

extern "C" NTSTATUS
style_start(HANDLE* provider)
{
    std::vector<ULONG> numbers{larger(1, 2), 3};
    KSPIN_LOCK lock;
    KIRQL old;
    KeInitializeSpinLock(&lock);
    KeAcquireSpinLock(&lock, &old);
    KeReleaseSpinLock(&lock, old);
    if (!NT_VERIFY(!numbers.empty())) {
        __fastfail(FAST_FAIL_INVALID_ARG);
    }
    return NmrRegisterProvider(&characteristics, nullptr, provider);
}
