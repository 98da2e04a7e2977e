/* Doubly and singly linked lists, inline as in a driver kit. */
#ifndef CMC_SHADOW_LISTS_H
#define CMC_SHADOW_LISTS_H

#include "fastfail.h"
#include "ntdef.h"

static inline void InitializeListHead(PLIST_ENTRY head) { head->Flink = head->Blink = head; }
static inline BOOLEAN IsListEmpty(const LIST_ENTRY* head) { return (BOOLEAN)(head->Flink == head); }
/* A list whose neighbours do not agree was overwritten. */
static inline void cmc_check_entry(const LIST_ENTRY* entry)
{
    if (entry->Flink->Blink != entry || entry->Blink->Flink != entry) {
        RtlFailFast(FAST_FAIL_CORRUPT_LIST_ENTRY);
    }
}
static inline BOOLEAN RemoveEntryList(PLIST_ENTRY entry)
{
    cmc_check_entry(entry);
    entry->Blink->Flink = entry->Flink;
    entry->Flink->Blink = entry->Blink;
    return (BOOLEAN)(entry->Flink == entry->Blink);
}
static inline void InsertTailList(PLIST_ENTRY head, PLIST_ENTRY entry)
{
    cmc_check_entry(head);
    entry->Flink = head;
    entry->Blink = head->Blink;
    head->Blink->Flink = entry;
    head->Blink = entry;
}
static inline void InsertHeadList(PLIST_ENTRY head, PLIST_ENTRY entry)
{
    cmc_check_entry(head);
    entry->Flink = head->Flink;
    entry->Blink = head;
    head->Flink->Blink = entry;
    head->Flink = entry;
}
static inline PLIST_ENTRY RemoveHeadList(PLIST_ENTRY head)
{
    PLIST_ENTRY entry = head->Flink;
    RemoveEntryList(entry);
    return entry;
}
static inline PLIST_ENTRY RemoveTailList(PLIST_ENTRY head)
{
    PLIST_ENTRY entry = head->Blink;
    RemoveEntryList(entry);
    return entry;
}
/* The whole list behind `entry`, which has no head of its own, goes to the end of another. */
static inline void AppendTailList(PLIST_ENTRY head, PLIST_ENTRY entry)
{
    PLIST_ENTRY last = head->Blink;
    cmc_check_entry(head);
    cmc_check_entry(entry);
    last->Flink = entry;
    head->Blink = entry->Blink;
    entry->Blink->Flink = head;
    entry->Blink = last;
}

static inline void PushEntryList(PSINGLE_LIST_ENTRY head, PSINGLE_LIST_ENTRY entry)
{
    entry->Next = head->Next;
    head->Next = entry;
}
static inline PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY head)
{
    PSINGLE_LIST_ENTRY first = head->Next;
    if (first != NULL) {
        head->Next = first->Next;
    }
    return first;
}

#endif
