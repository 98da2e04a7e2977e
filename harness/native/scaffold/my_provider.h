/* Registers the provider and takes it back, waiting until that is complete. */
#pragma once

NTSTATUS MyProviderRegister(void);
void MyProviderUnregister(void);
