/** One question that owners ask, with its answer. */
export interface HelpWords {
  readonly title: string;
  readonly sections: readonly { readonly id: string; readonly heading: string; readonly text: string }[];
}

export const enHelp: HelpWords = {
  title: 'Help',
  sections: [
    {
      id: 'help',
      heading: 'How do I get a document?',
      text: 'Choose it on the page of documents. You sign in at the office, see which details will be in the document, and allow it. The document then appears in your wallet.',
    },
    {
      id: 'where',
      heading: 'Where are my documents kept?',
      text: 'In this browser on this device, locked, and nowhere else. They can be read without a network. If you clear the data of this browser, they are gone, and you can get them again from the office.',
    },
    {
      id: 'accessibility',
      heading: 'Accessibility',
      text: 'Every page works with a keyboard and a screen reader, with large text and on small screens, in light and dark. Choosing a document and signing in work without JavaScript; the wallet itself needs it. Tell the operator of this service what gets in your way.',
    },
    {
      id: 'privacy',
      heading: 'Privacy',
      text: 'This service forgets your sign-in as soon as the document is in your wallet. It keeps no copy of the document, counts no visitors and loads nothing from anybody else.',
    },
    {
      id: 'about',
      heading: 'About Chancery',
      text: 'Chancery is open software by which an authority gives documents from the records it already keeps.',
    },
  ],
};

export const arHelp: HelpWords = {
  title: 'المساعدة',
  sections: [
    {
      id: 'help',
      heading: 'كيف أحصل على وثيقة؟',
      text: 'اخترها من صفحة الوثائق. تسجّل الدخول لدى الجهة، وترى البيانات التي ستحتويها الوثيقة، ثم تسمح بذلك. بعدها تظهر الوثيقة في محفظتك.',
    },
    {
      id: 'where',
      heading: 'أين تُحفظ وثائقي؟',
      text: 'في هذا المتصفح على هذا الجهاز، مقفلةً، وليس في أي مكان آخر. يمكن قراءتها دون شبكة. إذا مسحت بيانات المتصفح ذهبت، ويمكنك الحصول عليها من الجهة مرة أخرى.',
    },
    {
      id: 'accessibility',
      heading: 'سهولة الاستخدام',
      text: 'تعمل كل صفحة بلوحة المفاتيح وقارئ الشاشة، وبالنص الكبير وعلى الشاشات الصغيرة، بالمظهر الفاتح والداكن. اختيار الوثيقة وتسجيل الدخول يعملان دون JavaScript، أما المحفظة نفسها فتحتاج إليه. أخبر مشغّل هذه الخدمة بما يعيقك.',
    },
    {
      id: 'privacy',
      heading: 'الخصوصية',
      text: 'تنسى هذه الخدمة تسجيل دخولك ما إن تصبح الوثيقة في محفظتك. لا تحتفظ بنسخة منها، ولا تعدّ الزوار، ولا تحمّل شيئًا من أي طرف آخر.',
    },
    {
      id: 'about',
      heading: 'عن Chancery',
      text: 'Chancery برنامج مفتوح تمنح به السلطة وثائق من السجلات التي تحفظها.',
    },
  ],
};

export const taHelp: HelpWords = {
  title: 'உதவி',
  sections: [
    {
      id: 'help',
      heading: 'ஆவணத்தை எப்படிப் பெறுவது?',
      text: 'ஆவணங்கள் பக்கத்தில் அதைத் தேர்ந்தெடுங்கள். அலுவலகத்தில் உள்நுழைந்து, ஆவணத்தில் இடம்பெறும் விவரங்களைப் பார்த்து, அனுமதி தாருங்கள். பின்னர் ஆவணம் உங்கள் ஆவணப்பையில் தோன்றும்.',
    },
    {
      id: 'where',
      heading: 'என் ஆவணங்கள் எங்கே இருக்கின்றன?',
      text: 'இந்தச் சாதனத்தின் இந்த உலாவியில், பூட்டப்பட்டு; வேறெங்கும் இல்லை. இணையம் இல்லாமலும் படிக்கலாம். உலாவியின் தரவை அழித்தால் அவை போய்விடும்; அலுவலகத்திடமிருந்து மீண்டும் பெறலாம்.',
    },
    {
      id: 'accessibility',
      heading: 'அணுகல்தன்மை',
      text: 'ஒவ்வொரு பக்கமும் விசைப்பலகையுடனும் திரைவாசிப்பானுடனும், பெரிய எழுத்திலும் சிறிய திரையிலும், வெளிர் மற்றும் அடர் தோற்றத்திலும் இயங்கும். ஆவணத் தேர்வும் உள்நுழைவும் JavaScript இல்லாமல் இயங்கும்; ஆவணப்பைக்கு அது தேவை. உங்களுக்குத் தடையாக இருப்பதை இச்சேவையை நடத்துபவரிடம் சொல்லுங்கள்.',
    },
    {
      id: 'privacy',
      heading: 'தனியுரிமை',
      text: 'ஆவணம் உங்கள் ஆவணப்பைக்கு வந்ததும் இச்சேவை உங்கள் உள்நுழைவை மறந்துவிடும். ஆவணத்தின் நகலை வைத்திருப்பதில்லை, வருகையாளரை எண்ணுவதில்லை, வேறெவரிடமிருந்தும் எதையும் ஏற்றுவதில்லை.',
    },
    {
      id: 'about',
      heading: 'Chancery பற்றி',
      text: 'ஓர் ஆணையம் தான் ஏற்கெனவே வைத்திருக்கும் பதிவுகளிலிருந்து ஆவணங்கள் தருவதற்கான திறந்த மென்பொருள் Chancery.',
    },
  ],
};
