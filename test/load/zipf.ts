/**
 * Popularity by Zipf's law: rank k, from 0, is picked in proportion to 1 / (k + 1) ^ exponent.
 * @returns a function that turns a uniform number, 0 ≤ u < 1, into a rank below `count`
 */
export function createZipf(count: number, exponent: number): (uniform: number) => number {
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 0; rank < count; rank++) {
    sum += 1 / (rank + 1) ** exponent;
    sums.push(sum);
  }
  return (uniform) => {
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? sum) > uniform * sum) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
