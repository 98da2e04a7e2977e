/*
 * Pool and epoch memory. Each block is known by its address, so that a free of anything else is
 * told from a free of a block; bytes around it tell of writes outside; what is freed is poisoned
 * once nobody may read it any more, kept for a while, and looked at again before it goes.
 */
#include "stress.h"

enum { SHARDS = 8192, TAIL_BYTES = 16, KEPT_MAX = 4096 };

#define LEAD 0x6b636f6c62746165ull
#define TAIL_BYTE 0xA5

typedef enum { LIVE, FREED, RECLAIMED } state_t;

typedef struct block {
    retired_t retired; /* First, so that one is the other. */
    struct block* chain;
    size_t size;
    uint32_t tag;
    memory_kind_t kind;
    atomic_int state;
    int made_in;
    uint64_t lead;
} block_t;

enum { HEADER_BYTES = (sizeof(block_t) + 63) / 64 * 64 };

typedef struct {
    atomic_flag lock;
    block_t* first;
} shard_t;

static shard_t shards[SHARDS];
static atomic_ullong live[MEMORY_KINDS];
static cmc_mutex_t kept_mutex = CMC_MUTEX_INITIALISER;
static block_t* kept[KEPT_MAX]; /* A ring of reclaimed blocks. */
static uint32_t kept_next;

static uint8_t*
bytes_of(block_t* block)
{
    return (uint8_t*)block + HEADER_BYTES;
}

static shard_t*
lock_shard(const void* memory)
{
    shard_t* shard = &shards[((uintptr_t)memory >> 6) * 2654435761u / 64 % SHARDS];
    for (uint32_t looks = 0; atomic_flag_test_and_set_explicit(&shard->lock, memory_order_acquire); looks += 1) {
        thread_pause(looks);
    }
    return shard;
}

static void
unlock_shard(shard_t* shard)
{
    atomic_flag_clear_explicit(&shard->lock, memory_order_release);
}

static block_t*
find_in(const shard_t* shard, const void* memory)
{
    block_t* block = shard->first;
    while (block != NULL && bytes_of(block) != memory) {
        block = block->chain;
    }
    return block;
}

static bool
is_whole(block_t* block)
{
    const uint8_t* tail = bytes_of(block) + block->size;
    for (size_t i = 0; i < TAIL_BYTES; i += 1) {
        if (tail[i] != TAIL_BYTE) {
            return false;
        }
    }
    return block->lead == LEAD;
}

void*
memory_allocate(memory_kind_t kind, size_t size, uint32_t tag)
{
    if (size == 0 || size > (size_t)1 << 30) {
        return NULL;
    }
    block_t* block = cmc_aligned_allocate(64, HEADER_BYTES + size + TAIL_BYTES);
    if (block == NULL) {
        return NULL;
    }
    memset(block, 0, HEADER_BYTES + size);
    memset(bytes_of(block) + size, TAIL_BYTE, TAIL_BYTES);
    block->size = size;
    block->tag = tag;
    block->kind = kind;
    block->made_in = atomic_load(&self()->place);
    block->lead = LEAD;
    atomic_init(&block->state, LIVE);
    shard_t* shard = lock_shard(bytes_of(block));
    block->chain = shard->first;
    shard->first = block;
    unlock_shard(shard);
    atomic_fetch_add_explicit(&live[kind], 1, memory_order_relaxed);
    return bytes_of(block);
}

static void
let_go(block_t* block)
{
    const uint8_t* bytes = bytes_of(block);
    size_t i = 0;
    while (i < block->size && bytes[i] == POISON_BYTE) {
        i += 1;
    }
    if (i < block->size) {
        SAW("freed-memory-written", "a block of %u bytes, made in %s, was written at byte %u after it was reclaimed", (unsigned)block->size,
            place_name(block->made_in), (unsigned)i);
    }
    shard_t* shard = lock_shard(bytes);
    block_t** link = &shard->first;
    while (*link != NULL && *link != block) {
        link = &(*link)->chain;
    }
    if (*link == block) {
        *link = block->chain;
    }
    unlock_shard(shard);
    cmc_aligned_free(block);
}

/* Nobody may see the block any more. */
static void
reclaim(retired_t* retired)
{
    block_t* block = (block_t*)retired;
    if (!is_whole(block)) {
        SAW("block-overrun", "bytes beside a block of %u bytes, made in %s, were changed", (unsigned)block->size,
            place_name(block->made_in));
    }
    host_forget_signals(bytes_of(block), block->size);
    memset(bytes_of(block), POISON_BYTE, block->size);
    atomic_store(&block->state, RECLAIMED);
    cmc_mutex_lock(&kept_mutex);
    block_t* before = kept[kept_next];
    kept[kept_next] = block;
    kept_next = (kept_next + 1) % KEPT_MAX;
    cmc_mutex_unlock(&kept_mutex);
    if (before != NULL) {
        let_go(before);
    }
}

static const char*
kind_name(memory_kind_t kind)
{
    static const char* const names[MEMORY_KINDS] = {"pool memory", "epoch memory", "cache-aligned epoch memory"};
    return names[kind];
}

void
memory_free(memory_kind_t kind, void* memory)
{
    thread_t* thread = self();
    if (memory == NULL) {
        return; /* EPOCH-005. */
    }
    met(MET_FREE);
    shard_t* shard = lock_shard(memory);
    block_t* block = find_in(shard, memory);
    int before = LIVE;
    bool is_ours = block != NULL && atomic_compare_exchange_strong(&block->state, &before, FREED);
    unlock_shard(shard);
    if (block == NULL) {
        saw(kind == IN_POOL ? "foreign-memory-freed" : "foreign-epoch-memory-freed", false,
            "%s freed an address as %s that no block has", place_name(atomic_load(&thread->place)), kind_name(kind));
        return;
    }
    if (!is_ours) {
        saw(kind == IN_POOL ? "freed-twice" : "epoch-memory-freed-twice", false, "%s freed a block a second time that was made in %s",
            place_name(atomic_load(&thread->place)), place_name(block->made_in));
        return;
    }
    if (block->kind != kind) {
        SAW("freed-by-other-function", "%s was freed as %s in %s", kind_name(block->kind), kind_name(kind),
            place_name(atomic_load(&thread->place)));
    }
    atomic_fetch_sub_explicit(&live[block->kind], 1, memory_order_relaxed);
    block->retired.reclaim = reclaim;
    if (block->kind == IN_POOL) {
        reclaim(&block->retired);
    } else {
        epoch_retire(thread, &block->retired);
    }
}

bool
memory_is_gone(const void* memory)
{
    shard_t* shard = lock_shard(memory);
    const block_t* block = find_in(shard, memory);
    bool is_gone = block != NULL && atomic_load(&block->state) != LIVE;
    unlock_shard(shard);
    return is_gone;
}

uint64_t
memory_live(memory_kind_t kind)
{
    return atomic_load(&live[kind]);
}

void
memory_finish(void)
{
    for (uint32_t i = 0; i < KEPT_MAX; i += 1) {
        if (kept[i] != NULL) {
            let_go(kept[i]);
            kept[i] = NULL;
        }
    }
    for (int kind = 0; kind < MEMORY_KINDS; kind += 1) {
        uint64_t left = memory_live((memory_kind_t)kind);
        if (left == 0) {
            continue;
        }
        int made_in = IN_NONE;
        for (uint32_t i = 0; i < SHARDS && made_in == IN_NONE; i += 1) {
            for (block_t* block = shards[i].first; block != NULL; block = block->chain) {
                if ((int)block->kind == kind && atomic_load(&block->state) == LIVE) {
                    made_in = block->made_in;
                }
            }
        }
        if (!run.leaks_memory[kind]) {
            SAW("blocks-left", "%llu blocks of %s are left, one of them made in %s", (unsigned long long)left,
                kind_name((memory_kind_t)kind), place_name(made_in));
        }
        if (kind != IN_POOL) {
            SAW("epoch-blocks-left", "%llu blocks are left, one of them made in %s", (unsigned long long)left, place_name(made_in));
        }
        if (made_in == IN_UPDATE) {
            SAW("blocks-left-by-deletes", "%llu blocks made in updates are left though every value was deleted", (unsigned long long)left);
        }
    }
}
