//! Letters without case and marks, as far as it is sure which plain letter stands for which.

/// How a marked letter that has two plain spellings is written: `ö` as `o`, or as `oe`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelt {
    Short,
    Long,
}

/// The letters and figures of a text, lower case, without marks. What is no letter is left out.
pub(super) fn fold(text: &str, spelt: Spelt) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        let is_mark = ('\u{300}'..='\u{36f}').contains(&letter);
        if is_mark || !letter.is_alphanumeric() {
            continue;
        }
        match (plain(letter, spelt), cyrillic(letter)) {
            (Some(plain), _) | (None, Some(plain)) => folded.push_str(plain),
            (None, None) => folded.push(letter),
        }
    }
    folded
}

/// Whether a text has letters that stand for others only by a convention of transliteration.
pub(super) fn is_transliterated(text: &str) -> bool {
    text.chars().flat_map(char::to_lowercase).any(|letter| cyrillic(letter).is_some())
}

const fn plain(letter: char, spelt: Spelt) -> Option<&'static str> {
    let (short, long) = match letter {
        'ä' | 'æ' => ("a", "ae"),
        'ö' | 'ø' | 'œ' => ("o", "oe"),
        'ü' => ("u", "ue"),
        'å' => ("a", "aa"),
        'đ' => ("d", "dj"),
        'ß' => ("ss", "ss"),
        'á' | 'à' | 'â' | 'ã' | 'ā' | 'ă' | 'ą' => ("a", "a"),
        'é' | 'è' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => ("e", "e"),
        'í' | 'ì' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => ("i", "i"),
        'ó' | 'ò' | 'ô' | 'õ' | 'ō' | 'ő' => ("o", "o"),
        'ú' | 'ù' | 'û' | 'ū' | 'ů' | 'ű' | 'ų' => ("u", "u"),
        'ñ' | 'ń' | 'ň' | 'ņ' => ("n", "n"),
        'ç' | 'ć' | 'č' => ("c", "c"),
        'ş' | 'š' | 'ś' | 'ș' => ("s", "s"),
        'ž' | 'ż' | 'ź' => ("z", "z"),
        'ł' | 'ľ' | 'ļ' | 'ĺ' => ("l", "l"),
        'ğ' | 'ģ' => ("g", "g"),
        'ķ' => ("k", "k"),
        'ř' | 'ŕ' => ("r", "r"),
        'ť' | 'ţ' | 'ț' => ("t", "t"),
        'ď' => ("d", "d"),
        'ý' | 'ÿ' => ("y", "y"),
        'ð' => ("d", "d"),
        'þ' => ("th", "th"),
        _ => return None,
    };
    Some(match spelt {
        Spelt::Short => short,
        Spelt::Long => long,
    })
}

const fn cyrillic(letter: char) -> Option<&'static str> {
    Some(match letter {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' => "g",
        'д' => "d",
        'е' | 'э' | 'ё' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' => "i",
        'й' | 'ы' => "y",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ю' => "yu",
        'я' => "ya",
        _ => return None,
    })
}
