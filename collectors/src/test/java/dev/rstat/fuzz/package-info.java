// SPDX-License-Identifier: Apache-2.0
/** Bad input, made by the million. */
@org.jspecify.annotations.NullMarked
package dev.rstat.fuzz;
