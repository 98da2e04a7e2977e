#!/usr/bin/env node
/** The `mapcert` bin of the package. Everything it does is main.ts. */
import './main.ts';
