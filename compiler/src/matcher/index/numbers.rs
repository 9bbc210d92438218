//! The integers and addresses of all rules that one field is compared with: single ones by a table, others
//! by the interval that they are in.

use super::table::Table;
use super::texts::Found;

/// An address as an integer that has its order.
pub(super) fn of_address(number: u128) -> i128 {
    (number ^ 1 << 127).cast_signed()
}

/// What one field is compared with.
#[derive(Debug)]
pub(super) struct Numbers {
    single: Option<Table<u32>>,
    intervals: Intervals,
    count: usize,
}

/// The number line, cut where ranges begin and end.
#[derive(Debug, Default)]
struct Intervals {
    /// Where each begins, ascending; nothing is before the first.
    begins: Box<[i128]>,
    /// What is in each: of `targets`, up to where the next one's are.
    from: Box<[u32]>,
    targets: Box<[u32]>,
}

impl Numbers {
    /// Of inclusive ranges, each with its target.
    pub(super) fn new(wanted: &[(i128, i128, u32)]) -> Self {
        let (single, ranges): (Vec<_>, Vec<_>) =
            wanted.iter().partition(|(first, last, _)| first == last);
        let pairs = single
            .iter()
            .map(|(number, _, target)| (key(*number), *target));
        Self {
            single: (!single.is_empty()).then(|| Table::new(pairs)),
            intervals: Intervals::new(&ranges),
            count: wanted.len(),
        }
    }

    /// How much looking up ranges would take in memory: targets of all intervals.
    pub(super) fn spread(wanted: &[(i128, i128, u32)]) -> usize {
        let ranges: Vec<_> = wanted
            .iter()
            .filter(|(first, last, _)| first != last)
            .copied()
            .collect();
        Intervals::new(&ranges).targets.len()
    }

    /// Marks the targets that have this number.
    #[inline(always)]
    pub(super) fn find(&self, number: i128, found: &mut Found<'_>) {
        if let Some(single) = &self.single {
            let key = key(number);
            if single.may_have(key) {
                single
                    .get(key)
                    .iter()
                    .for_each(|target| found.insert(*target));
            }
        }
        self.intervals.find(number, found);
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn size(&self) -> usize {
        let intervals = &self.intervals;
        self.single.as_ref().map_or(0, Table::size)
            + size_of_val(&*intervals.begins)
            + size_of_val(&*intervals.from)
            + size_of_val(&*intervals.targets)
    }
}

impl Intervals {
    fn new(ranges: &[(i128, i128, u32)]) -> Self {
        let edges = ranges
            .iter()
            .flat_map(|&(first, last, _)| [Some(first), last.checked_add(1)]);
        let mut begins: Vec<i128> = edges.flatten().collect();
        begins.sort_unstable();
        begins.dedup();
        let mut within: Vec<Vec<u32>> = vec![Vec::new(); begins.len()];
        for &(first, last, target) in ranges {
            let from = begins.partition_point(|begin| *begin < first);
            let to = begins.partition_point(|begin| *begin <= last);
            within[from..to].iter_mut().for_each(|one| one.push(target));
        }
        let mut from = vec![0];
        let mut targets = Vec::new();
        for one in within {
            targets.extend(one);
            from.push(targets.len() as u32);
        }
        Self {
            begins: begins.into(),
            from: from.into(),
            targets: targets.into(),
        }
    }

    #[inline(always)]
    fn find(&self, number: i128, found: &mut Found<'_>) {
        if self.begins.is_empty() {
            return;
        }
        let Some(at) = self
            .begins
            .partition_point(|begin| *begin <= number)
            .checked_sub(1)
        else {
            return;
        };
        let (from, to) = (self.from[at] as usize, self.from[at + 1] as usize);
        self.targets[from..to]
            .iter()
            .for_each(|target| found.insert(*target));
    }
}

/// The same for the same number; other numbers that share it only cost time.
fn key(number: i128) -> u64 {
    let high = ((number >> 64) as u64).wrapping_mul(0x2545_f491_4f6c_dd1d);
    number as u64 ^ high
}
