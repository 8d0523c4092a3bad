//! Vectors that become Arrow's columns.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use rustc_hash::FxHashMap;

use crate::schema::Kind;

/// Stands for no word in a list of keys.
pub(crate) const NO_WORD: i32 = -1;

/// The words of a column, numbered as they come.
#[derive(Debug, Default)]
pub struct Dictionary {
    numbers: FxHashMap<Arc<str>, i32>,
    words: Vec<Arc<str>>,
    made: Option<ArrayRef>,
}

impl Dictionary {
    /// The number of a word.
    pub fn number(&mut self, word: &str) -> i32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let (word, number) = (Arc::<str>::from(word), self.words.len() as i32);
        self.numbers.insert(Arc::clone(&word), number);
        self.words.push(word);
        self.made = None;
        number
    }

    /// The number of a word, or what stands for none.
    pub(crate) fn number_of(&mut self, word: Option<&str>) -> i32 {
        word.map_or(NO_WORD, |word| self.number(word))
    }

    /// The column of these numbers; the same dictionary is the same array as long as no word is added.
    pub(crate) fn column(&mut self, keys: Vec<i32>) -> ArrayRef {
        let words = self.made.get_or_insert_with(|| Arc::new(StringArray::from_iter_values(&self.words)));
        let nulls = if keys.contains(&NO_WORD) { nulls(keys.iter().map(|key| *key != NO_WORD)) } else { None };
        // a null's key is never looked at; 0 is one that is there wherever any is
        let keys: Vec<i32> = if nulls.is_some() { keys.into_iter().map(|key| key.max(0)).collect() } else { keys };
        let keys = Int32Array::new(ScalarBuffer::from(keys), nulls);
        Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::clone(words)))
    }
}

/// Which rows have a value; nothing where all have.
pub(crate) fn nulls(is_there: impl ExactSizeIterator<Item = bool>) -> Option<NullBuffer> {
    let nulls = NullBuffer::new(is_there.collect::<BooleanBuffer>());
    (nulls.null_count() > 0).then_some(nulls)
}

/// A column of times.
pub(crate) fn times(micros: Vec<i64>, nulls: Option<NullBuffer>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::new(ScalarBuffer::from(micros), nulls).with_timezone("UTC"))
}

/// A column of whole numbers.
pub(crate) fn int64s(values: Vec<i64>, nulls: Option<NullBuffer>) -> ArrayRef {
    Arc::new(Int64Array::new(ScalarBuffer::from(values), nulls))
}

/// A column of smaller whole numbers.
pub(crate) fn int32s(values: Vec<i32>, nulls: Option<NullBuffer>) -> ArrayRef {
    Arc::new(Int32Array::new(ScalarBuffer::from(values), nulls))
}

/// A column of days.
pub(crate) fn dates(days: Vec<i32>, nulls: Option<NullBuffer>) -> ArrayRef {
    Arc::new(Date32Array::new(ScalarBuffer::from(days), nulls))
}

/// A column of floats.
pub(crate) fn floats(values: Vec<f64>, nulls: Option<NullBuffer>) -> ArrayRef {
    Arc::new(Float64Array::new(ScalarBuffer::from(values), nulls))
}

/// A column of truths.
pub(crate) fn bools(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(BooleanArray::new(values.collect::<BooleanBuffer>(), None))
}

/// A column of exact figures of a kind.
pub(crate) fn decimals(units: Vec<i128>, nulls: Option<NullBuffer>, kind: Kind) -> ArrayRef {
    let decimals = Decimal128Array::new(ScalarBuffer::from(units), nulls);
    Arc::new(decimals.with_data_type(kind.data_type()))
}

/// A column of texts.
pub(crate) fn texts(values: Vec<Option<String>>) -> ArrayRef {
    Arc::new(StringArray::from(values))
}
